"""How Salesforce words what is wrong with a query: an excerpt, a caret, the place, the reason (reference section 6)."""

from salesforce_sandbox.errors import RequestRefused

_EXCERPT = 60


def query_error(code: str, text: str, at: int, reason: str) -> RequestRefused:
    """A 400 whose message points at the offset."""
    row = text.count("\n", 0, at) + 1
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    column = at - line_start
    first = max(0, column - _EXCERPT)
    excerpt = line[first : column + _EXCERPT]
    caret = " " * (column - first)
    return RequestRefused(400, code, f"\n{excerpt}\n{caret}^\nERROR at Row:{row}:Column:{column + 1}\n{reason}")


def malformed(reason: str) -> RequestRefused:
    """A query that is no SOQL."""
    return RequestRefused(400, "MALFORMED_QUERY", reason)


def unsupported_object(name: str, text: str, at: int) -> RequestRefused:
    """FROM names no object."""
    reason = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
    )
    return query_error("INVALID_TYPE", text, at, reason)


def no_such_column(name: str, entity: str, text: str, at: int) -> RequestRefused:
    """A path names no field. Queries say entity where writes say sobject."""
    reason = (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append "
        "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate "
        "names."
    )
    return query_error("INVALID_FIELD", text, at, reason)


def no_such_children(name: str, text: str, at: int) -> RequestRefused:
    """A query in the list of fields names no relationship to children."""
    reason = (
        f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom "
        "relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or "
        "the describe call for the appropriate names."
    )
    return query_error("INVALID_TYPE", text, at, reason)


def no_such_relationship(name: str, entity: str, text: str, at: int) -> RequestRefused:
    """A path goes through a relationship that the object does not have."""
    reason = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
        "relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or "
        f"the describe call for the appropriate names. (entity '{entity}')"
    )
    return query_error("INVALID_FIELD", text, at, reason)
