"""The org: everything that is known of Salesforce and everything that talks to it; no blocks, no edges."""
