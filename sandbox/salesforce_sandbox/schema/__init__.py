"""What the org is made of: objects and fields, read from YAML or from a real org's describe."""
