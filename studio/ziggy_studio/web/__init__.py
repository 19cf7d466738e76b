"""The web server behind the editor: thin routes over plain functions, on loopback only."""
