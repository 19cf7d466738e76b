"""The only place that builds SOQL: names come from the describe, values are escaped by type (Salesforce API 6)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from urllib.parse import quote_plus

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.client import UNESCAPED, Call, OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.encode import is_encodable
from ziggy_sf_write.salesforce.failures import readable
from ziggy_sf_write.salesforce.ids import is_well_formed

# URI and headers together may have 16,384 bytes; this leaves room for the token and the rest of the URI.
LONGEST_ENCODED_QUERY = 12_000
LONGEST_LITERAL = 4_000
# So many rows a page has at most. Where a server shrinks its pages, the rest of them follows in a call of its own.
MOST_VALUES = 2_000

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TO_ESCAPE = re.compile(r"[\\'\x00-\x1f]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})")
_DATETIME = re.compile(f"{_DATE.pattern}T{_TIME.pattern}")
_FRACTION = re.compile(r"\.[0-9]*[1-9]")
_NUMBERS = (FieldType.INT, FieldType.LONG, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT)
_DAYS = frozenset({FieldType.DATE, FieldType.DATETIME})
_FIRST, _LAST = "1700-01-01", "4000-12-31"
# No number field holds more digits, before or after the point.
_MOST_DIGITS = 40


def _bare_number(text: str) -> str | None:
    """A number without an exponent, which no query takes, unless it is beyond every field."""
    try:
        number = Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None  # its exponent has twenty digits
    return format(number, "f") if number is not None and abs(number.adjusted()) <= _MOST_DIGITS else None


def _bare(shape: re.Pattern[str], parse: Callable[[str], object]) -> Callable[[str], str | None]:
    """A text that has the shape and is no month 13."""

    def said(text: str) -> str | None:
        try:
            parse(text)
        except ValueError:
            return None
        return text if shape.fullmatch(text) else None

    return said


# These stand in a query without quotes, so a text from an edge must be one before it may: a query that cannot be read
# fails the look-up of all its neighbours too.
_BARE: dict[FieldType, Callable[[str], str | None]] = {
    FieldType.BOOLEAN: _bare(re.compile(r"(?i:true|false)"), str),
    **dict.fromkeys(_NUMBERS, _bare_number),
    FieldType.DATE: _bare(_DATE, date.fromisoformat),
    FieldType.DATETIME: _bare(_DATETIME, datetime.fromisoformat),
    FieldType.TIME: _bare(_TIME, time.fromisoformat),
}
_IDS = frozenset({FieldType.ID, FieldType.REFERENCE})


class UnfitLiteral(ValueError):
    """A value that no query can carry for this field."""


def literal(field: FieldInfo, value: JsonValue) -> str:
    """A value as SOQL writes it for a field of this type: quoted and escaped, or bare.

    Raises:
        UnfitLiteral: the value is none of the field's type, or is longer than a literal may be.
    """
    text = str(value)
    bare = _BARE.get(field.type)
    if bare is None and text.isalnum() and text.isascii() and len(text) <= LONGEST_LITERAL and field.type not in _IDS:
        return f"'{text}'"  # as most keys are
    if field.type in _DAYS and _DATE.match(text) and not _FIRST <= text[:10] <= _LAST:
        raise UnfitLiteral(
            f"`{field.name}`: '{text[:80]}' is outside the dates that can be searched, {_FIRST} to {_LAST}. "
            "Correct the key."
        )
    said = text if bare is None else bare(text)
    if said is None or (field.type in _IDS and not is_well_formed(text)) or not is_encodable(text):
        shown = text[:80].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        raise UnfitLiteral(f"`{field.name}`: '{shown}' cannot be searched as {field.type}. Correct the key.")
    if bare is not None:
        return said
    escaped = _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
    if len(escaped) > LONGEST_LITERAL:
        raise UnfitLiteral(
            f"`{field.name}`: a text of {len(text)} characters is too long to be searched; "
            f"Salesforce takes {LONGEST_LITERAL}. Match by a shorter key."
        )
    return f"'{escaped}'"


def beyond_storage(field: FieldInfo, value: JsonValue) -> str | None:
    """Why no record can have this value, though it can be written: Salesforce stores less of it (Salesforce API 3.2).

    Searched as it is it would never be found, and each run would create another record.
    """
    text = str(value)
    if field.type is not FieldType.DATETIME or not _FRACTION.search(text):
        return None
    why = "has fractions of a second, which Salesforce does not store. Leave them out of the key."
    return f"`{field.name}`: '{text[:80]}' {why}"


def lookup_queries(
    describe: ObjectDescribe, field: FieldInfo, literals: Iterable[str], *, also: Sequence[str] = ()
) -> Iterator[str]:
    """Queries that together find the Id and the key of every record whose `field` has one of these values.

    Cut so that each fits into a URI with its encoding; each query is made when its literals are there. They must be
    distinct and not null. `also` are paths of the describe's fields, such as `Phone` or `Account.Ext__c`, that are to
    be read besides.
    """
    selected = ", ".join(dict.fromkeys(["Id", field.name, *also]))
    head = f"SELECT {selected} FROM {describe.name} WHERE {field.name} IN ("  # noqa: S608 # names are the describe's
    return (f"{head}{','.join(chunk)})" for chunk in _chunks(len(head), literals))


def _chunks(head_length: int, literals: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    whole = room = LONGEST_ENCODED_QUERY - head_length * 2
    for one in literals:
        cost = _encoded_length(one) + len(",")
        if chunk and (cost > room or len(chunk) >= MOST_VALUES):
            yield chunk
            chunk, room = [], whole
        chunk.append(one)
        room -= cost
    if chunk:
        yield chunk


def _encoded_length(literal: str) -> int:
    # Most keys are letters and digits between two quotes.
    bare = literal[1:-1]
    return len(literal) if bare.isascii() and bare.isalnum() else len(quote_plus(literal, safe=UNESCAPED))


def run_query(client: OrgClient, soql: str) -> Iterator[dict[str, JsonValue]]:
    """Every row of a query, page by page (Salesforce API 6)."""
    call: Call | None = Call(kind="query", method="GET", path="query", params={"q": soql})
    while call is not None:
        page = client.call(call).payload
        with readable("a query"):
            rows = list[dict[str, JsonValue]](page["records"])
            if set(map(type, rows)) - {dict}:
                raise TypeError("a record is no object")
            call = None if page["done"] else Call(kind="query", method="GET", path=page["nextRecordsUrl"])
        yield from rows


ORGANIZATION_QUERY = "SELECT Name FROM Organization"
