"""Functions over fields: aggregates, and parts of dates (SOQL and SOSL Reference)."""

from collections.abc import Callable
from dataclasses import replace

from salesforce_sandbox.schema.model import ID_TYPES, NUMBER_TYPES, TEXT_TYPES, Field, FieldType

_DATES = frozenset({FieldType.DATE, FieldType.DATETIME})
_ORDERED = NUMBER_TYPES | _DATES | TEXT_TYPES | ID_TYPES | {FieldType.TIME}
_COUNT = Field(name="count", label="count", type=FieldType.INT, digits=9)
_AVERAGE = Field(name="avg", label="avg", type=FieldType.DOUBLE, precision=18, scale=2)
_NUMBER = Field(name="part", label="part", type=FieldType.INT, digits=9)
_DAY = Field(name="day", label="day", type=FieldType.DATE)
_NOT_COUNTED = frozenset({FieldType.BASE64, FieldType.ADDRESS, FieldType.LOCATION, FieldType.ENCRYPTED})

# SQL, and the types that the function takes.
AGGREGATES: dict[str, tuple[str, frozenset[FieldType]]] = {
    "COUNT": ("count({0})", frozenset(FieldType) - _NOT_COUNTED),
    "COUNT_DISTINCT": ("count(DISTINCT {0})", frozenset(FieldType) - _NOT_COUNTED),
    "SUM": ("sum({0})", frozenset(NUMBER_TYPES)),
    "AVG": ("avg({0})", frozenset(NUMBER_TYPES)),
    "MIN": ("min({0})", frozenset(_ORDERED)),
    "MAX": ("max({0})", frozenset(_ORDERED)),
}
_PARTS: dict[str, str] = {
    "YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
}
PARTS: dict[str, str] = {
    **{f"{calendar}_{name}": sql for calendar in ("CALENDAR", "FISCAL") for name, sql in _PARTS.items()},
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
}
_ONLY_TIMES = frozenset({"HOUR_IN_DAY", "DAY_ONLY"})


def takes(name: str, field: Field) -> bool:
    """Whether the function can be asked of this field."""
    if name in AGGREGATES:
        return field.type in AGGREGATES[name][1]
    return field.type is FieldType.DATETIME or (field.type is FieldType.DATE and name not in _ONLY_TIMES)


def applied(name: str, sql: str, field: Field) -> tuple[str, Field]:
    """The SQL of the function, and a field of its result's type."""
    result: Callable[[], Field] = {
        "COUNT": lambda: _COUNT,
        "COUNT_DISTINCT": lambda: _COUNT,
        "AVG": lambda: _AVERAGE,
        "DAY_ONLY": lambda: _DAY,
    }.get(name, lambda: replace(field, formula=None) if name in AGGREGATES else _NUMBER)
    # A part of no date is null, not year 0.
    template = AGGREGATES[name][0] if name in AGGREGATES else f"CASE WHEN {{0}} IS NOT NULL THEN {PARTS[name]} END"
    return template.format(sql), result()
