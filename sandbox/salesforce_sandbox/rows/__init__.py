"""Records on their way into the org: ids, typed values, rules and the tables that hold them."""
