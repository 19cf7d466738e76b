"""The only place that builds SOQL: names come from the describe, values are escaped by type (section 6)."""

import re
from collections.abc import Sequence
from urllib.parse import quote_plus

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe

# URI and headers together may have 16,384 bytes; this leaves room for the token and the rest of the URI.
LONGEST_ENCODED_QUERY = 12_000
LONGEST_LITERAL = 4_000
# Above this a server may shrink its pages; one page a look-up keeps a look-up one call.
MOST_VALUES = 500

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TO_ESCAPE = re.compile(r"[\\'\x00-\x1f]")

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_DATETIME = re.compile(f"{_DATE.pattern}T{_TIME.pattern}")
# These stand in a query without quotes, so a text from an edge must look like one before it may.
_BARE = {
    FieldType.BOOLEAN: re.compile(r"(?i:true|false)"),
    FieldType.INT: _NUMBER,
    FieldType.LONG: _NUMBER,
    FieldType.DOUBLE: _NUMBER,
    FieldType.CURRENCY: _NUMBER,
    FieldType.PERCENT: _NUMBER,
    FieldType.DATE: _DATE,
    FieldType.DATETIME: _DATETIME,
    FieldType.TIME: _TIME,
}


class UnfitLiteral(ValueError):
    """A value that no query can carry for this field."""


def literal(field: FieldInfo, value: JsonValue) -> str:
    """A value as SOQL writes it for a field of this type: quoted and escaped, or bare.

    Raises:
        UnfitLiteral: the value does not look like the field's type, or is longer than a literal may be.
    """
    text = str(value)
    bare = _BARE.get(field.type)
    if bare is not None:
        if not bare.fullmatch(text):
            raise UnfitLiteral(f"`{field.name}`: '{text[:80]}' cannot be searched as {field.type}. Correct the key.")
        return text
    escaped = _TO_ESCAPE.sub(_escape, text)
    if len(escaped) > LONGEST_LITERAL:
        raise UnfitLiteral(
            f"`{field.name}`: a text of {len(text)} characters is too long to be searched; "
            f"Salesforce takes {LONGEST_LITERAL}. Match by a shorter key."
        )
    return f"'{escaped}'"


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}"


def lookup_queries(describe: ObjectDescribe, field: FieldInfo, values: Sequence[JsonValue]) -> list[str]:
    """Queries that together find the Id and the key of every record whose `field` has one of the values.

    Cut so that each fits into a URI with its encoding; `values` must be distinct and not null.
    """
    selected = "Id" if field.type is FieldType.ID else f"Id, {field.name}"
    head = f"SELECT {selected} FROM {describe.name} WHERE {field.name} IN ("  # noqa: S608 # names are the describe's
    return [f"{head}{','.join(chunk)})" for chunk in _chunks(len(head), [literal(field, one) for one in values])]


def _chunks(head_length: int, literals: Sequence[str]) -> list[list[str]]:
    chunks: list[list[str]] = []
    room = 0
    for one in literals:
        cost = len(quote_plus(one)) + len("%2C")
        if not chunks or cost > room or len(chunks[-1]) >= MOST_VALUES:
            chunks.append([])
            room = LONGEST_ENCODED_QUERY - head_length * 2
        chunks[-1].append(one)
        room -= cost
    return chunks


ORGANIZATION_QUERY = "SELECT Name FROM Organization"
