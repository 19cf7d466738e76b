"""What the sandbox assumes of Salesforce, asked of the sandbox and of a person's own developer org or sandbox."""
