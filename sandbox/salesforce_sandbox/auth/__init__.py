"""Who may call: SOAP login, OAuth grants and the sessions they open."""
