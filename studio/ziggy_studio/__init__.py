"""A small host for everyone without the platform at hand: flows, engine, connections, Data Store, commands."""
