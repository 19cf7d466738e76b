"""Records as a Bulk job's CSV: one column a field, `#N/A` clears, an empty cell leaves alone (Salesforce API 7.4)."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import repeat

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.encode import is_encodable

CLEAR = "#N/A"
LONGEST_CELL = 131_072
_MOST_DIGITS = 1_000
# Of these types csv.writer itself makes the text that `cell` makes, and of the flat ones each key is a column.
_AS_THEY_ARE = frozenset((str, int, float))
_FLAT = _AS_THEY_ARE | {bool, type(None), Decimal}

Record = Mapping[str, JsonValue]


def fit_test(describe: ObjectDescribe) -> Callable[[Record], bool]:
    """A test whether CSV cells can say every value of a record of this object.

    They cannot say a text that reads `#N/A`, or an empty one; carriage returns make the whole job fail where its lines
    end otherwise; base64 is not taken at all (Salesforce API 3.2 and 7.4).
    """
    files = {one.name.lower() for one in describe.fields if one.type is FieldType.BASE64}

    def is_fit(record: Record) -> bool:
        if files and not files.isdisjoint(name.lower() for name in record):
            return False
        # Every value of every item comes by here, and most are texts.
        return all(
            _is_sayable_text(value) if type(value) is str else _is_fit(name, value, describe)
            for name, value in record.items()
        )

    return is_fit


def columns(records: Iterable[Record], describe: ObjectDescribe) -> list[str]:
    """The header for these records: a column for each field that any of them has."""
    header: dict[str, None] = {}
    for record in records:
        if not (record.keys() <= header.keys() and _FLAT.issuperset(map(type, record.values()))):
            header |= dict.fromkeys(name for name, _ in _cells(record, describe))
    return list(header)


def encode_parts(
    records: Sequence[Record], describe: ObjectDescribe, *, largest_bytes: int
) -> Iterator[tuple[range, bytes]]:
    """The records as CSV files, none larger than allowed, each with the range of records that it holds."""
    line_of = _line_maker()
    header = columns(records, describe)
    head, empty = line_of(header), repeat("")
    start, lines, size = 0, [head], len(head)
    for place, record in enumerate(records):
        is_ready = _AS_THEY_ARE.issuperset(map(type, record.values()))
        cells = record if is_ready else dict(_cells(record, describe))
        line = line_of(map(cells.get, header, empty))
        if size + len(line) > largest_bytes and len(lines) > 1:
            yield range(start, place), b"".join(lines)
            start, lines, size = place, [head], len(head)
        lines.append(line)
        size += len(line)
    if len(lines) > 1:
        yield range(start, len(records)), b"".join(lines)


def _is_fit(name: str, value: JsonValue, describe: ObjectDescribe) -> bool:
    if isinstance(value, dict):
        keys = [key for key in value if key != "attributes"]
        return len(keys) == 1 and value[keys[0]] is not None and _is_sayable(value[keys[0]])
    if value is None:
        # A lookup is cleared by its own column; the relationship's name alone is no column.
        return describe.find_relationship(name) is None
    return _is_sayable(value)


def _is_sayable(value: JsonValue) -> bool:
    if isinstance(value, str):
        return _is_sayable_text(value)
    if isinstance(value, Decimal):
        # Written out, a large exponent is as many digits.
        return value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS
    return not isinstance(value, (dict, list))


def _is_sayable_text(text: str) -> bool:
    is_short = 0 < len(text) <= LONGEST_CELL
    return is_short and text != CLEAR and "\r" not in text and "\0" not in text and is_encodable(text)


def _cells(record: Record, describe: ObjectDescribe) -> Iterator[tuple[str, JsonValue]]:
    for name, value in record.items():
        if type(value) in _AS_THEY_ARE:
            yield name, value
        elif isinstance(value, dict):
            yield _relationship_cell(name, value, describe)
        else:
            yield name, cell(value)


def _relationship_cell(name: str, value: Record, describe: ObjectDescribe) -> tuple[str, str]:
    """`Account.Ext__c`, or `Lead:Who.Email` where the relationship has several targets (Salesforce API 7.5)."""
    ((key, key_value),) = [(key, one) for key, one in value.items() if key != "attributes"]
    field = describe.find_relationship(name)
    attributes = value.get("attributes")
    prefix = f"{attributes['type']}:" if field and field.is_polymorphic and isinstance(attributes, dict) else ""
    return f"{prefix}{name}.{key}", cell(key_value)


def cell(value: JsonValue) -> str:
    """A value, which is no nested one, as its cell says it."""
    if value is None:
        return CLEAR
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


class _Echo:
    """A file that hands back what is written into it, so that one writer serves for every line."""

    def write(self, text: str) -> str:
        return text


def _line_maker() -> Callable[[Iterable[JsonValue]], bytes]:
    write: Callable[[Iterable[JsonValue]], str] = csv.writer(_Echo(), lineterminator="\n").writerow
    return lambda cells: write(cells).encode()
