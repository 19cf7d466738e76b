"""Stand-ins for what is not ours: a host and its store."""
