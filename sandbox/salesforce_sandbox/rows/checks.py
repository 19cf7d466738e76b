"""What a field accepts: normalising a value as a save does, and refusing what the field may not hold (section 3.2)."""

import base64
import binascii
import re
import string
from html import escape
from typing import Any

from salesforce_sandbox.errors import RowError
from salesforce_sandbox.schema.model import DECIMAL_TYPES, ID_TYPES, TEXT_TYPES, Field, FieldType

from .ids import normalise as normalise_id

# UNCONFIRMED beyond these: one @, no dot at the start of the local part, a dotted domain; other letters are allowed.
_EMAIL = re.compile(
    r"[^\s@.,;:\"<>()\[\]\\][^\s@,;:\"<>()\[\]\\]*@[^\s@.,;:\"<>()\[\]\\_]+(?:\.[^\s@.,;:\"<>()\[\]\\_]+)+"
)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script\s*>", re.IGNORECASE)
_MAX_CHOICES = 100
_PLAIN_TEXT = TEXT_TYPES - {FieldType.EMAIL, FieldType.MULTIPICKLIST}
_LONG_LIMIT = 2**63
_SIGNIFICANT = 15


def trimmed(text: str) -> str:
    """Without the white space of ASCII at its ends; a no-break space stays, other blanks do too (UNCONFIRMED)."""
    return text.strip(string.whitespace)


def normalise(field: Field, value: Any) -> Any:
    """The value as it is kept: trimmed, "" as null, e-mails in lower case, numbers rounded."""
    if isinstance(value, str) and field.type in TEXT_TYPES:
        # A value of nothing but white space becomes null: UNCONFIRMED.
        text = trimmed(value)
        return (text.lower() if field.type is FieldType.EMAIL else text) or None
    if field.type in ID_TYPES and isinstance(value, str):
        return trimmed(value) or None
    if field.type in DECIMAL_TYPES and isinstance(value, int | float):
        return _as_double(value)
    if value is None and field.type is FieldType.BOOLEAN:
        return False  # UNCONFIRMED: null for a checkbox is taken as false
    return value


def _as_double(value: float) -> float:
    # Decimals beyond the scale are kept: the Object Reference and two help articles say so against the SOAP guide.
    # Of all digits the first fifteen are: 999,999,999,999,999,999 came back as 1e18.
    try:
        return float(f"{float(value):.{_SIGNIFICANT}g}")
    except OverflowError:
        return value  # too large for a double; the range check refuses it


def settle(field: Field, value: Any) -> tuple[Any, RowError | None]:
    """A value as a save keeps it, with the reason against it if there is one."""
    if isinstance(value, str) and field.type in _PLAIN_TEXT and not (field.restricted or field.rich):
        text = trimmed(value)  # the quick way of most values; what it cannot settle goes on below
        if len(text) <= field.length:
            return text or None, None
    kept = normalise(field, value)
    # Whether a number's range is judged before or after it is rounded is UNCONFIRMED: before.
    error = None if kept is None else refusal(field, value if field.type in DECIMAL_TYPES else kept)
    return (kept, error) if error else (as_kept(field, kept), None)


def refusal(field: Field, value: Any) -> RowError | None:
    """Why the field does not take this value, normalised if it is a text, apart from what other records say."""
    if value is None:
        return None
    kind = field.type
    if kind in TEXT_TYPES:
        return _text(field, value)
    if kind is FieldType.REFERENCE:
        return None if normalise_id(value) else wrong_id(field, value)
    if kind is FieldType.BASE64:
        return _base64(field, value)
    if kind in DECIMAL_TYPES or kind in (FieldType.INT, FieldType.LONG):
        return _number(field, value)
    return None


def as_kept(field: Field, value: Any) -> Any:
    """What a save makes of a value that it takes: choices in the picklist's order, rich text without its scripts."""
    if isinstance(value, str) and field.type is FieldType.MULTIPICKLIST:
        places = {each.value: place for place, each in enumerate(field.values)}
        chosen = dict.fromkeys(filter(None, map(trimmed, value.split(";"))))
        # What becomes of separators without a choice is UNCONFIRMED: they are kept.
        return ";".join(sorted(chosen, key=lambda each: places.get(each, len(places)))) or value
    return _without_scripts(value) if isinstance(value, str) and field.rich else value


def _without_scripts(text: str) -> str:
    kept, at = [], 0
    while start := _SCRIPT.search(text, at):
        kept.append(text[at : start.start()])
        end = _SCRIPT_END.search(text, start.end())
        at = end.end() if end else len(text)
    return "".join([*kept, text[at:]])


def own_parent(field: Field) -> RowError:
    """A record that is to be its own parent; code and wording are UNCONFIRMED."""
    message = "attempt to violate hierarchy constraints"
    return RowError(code="CIRCULAR_DEPENDENCY", message=message, fields=(field.name,))


def wrong_id(field: Field, value: str, *, code: str = "MALFORMED_ID") -> RowError:
    """An id of the wrong object, or no id at all; the wording for a polymorphic lookup is not in the reference."""
    return RowError(code=code, message=f"{field.label}: id value of incorrect type: {value}", fields=(field.name,))


def _text(field: Field, value: str) -> RowError | None:
    if field.type is FieldType.MULTIPICKLIST and value.count(";") >= _MAX_CHOICES:
        message = f"{field.label}: too many enum values: {value.count(';') + 1}"  # wording not in the reference
        return RowError(code="TOO_MANY_ENUM_VALUE", message=message, fields=(field.name,))
    # Rich text counts in its escaped form: an ampersand is five characters.
    if field.length and len(escape(value, quote=False) if field.rich else value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        return RowError(code="STRING_TOO_LONG", message=message, fields=(field.name,))
    if field.type is FieldType.EMAIL and not _EMAIL.fullmatch(value):
        message = f"{field.label}: invalid email address: {value}"
        return RowError(code="INVALID_EMAIL_ADDRESS", message=message, fields=(field.name,))
    if field.restricted and field.values:
        return _restricted(field, value)
    return None


def _restricted(field: Field, value: str) -> RowError | None:
    # Whether a restricted value matches in any case is UNCONFIRMED; reported as case-sensitive. Dependent picklists
    # are believed not to be enforced on API writes.
    allowed = {each.value for each in field.values if each.active}
    chosen = value.split(";") if field.type is FieldType.MULTIPICKLIST else [value]
    bad = next((each for each in chosen if trimmed(each) not in allowed), None)
    return None if bad is None else bad_choice(field, bad)


def bad_choice(field: Field, value: str) -> RowError:
    """A value that a restricted picklist does not have, or not for the record's type."""
    return RowError(
        code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        message=f"{field.label}: bad value for restricted picklist field: {value}",
        fields=(field.name,),
    )


def _number(field: Field, value: float) -> RowError | None:
    if field.type is FieldType.LONG:
        fits = -_LONG_LIMIT <= value < _LONG_LIMIT
    elif field.type is FieldType.INT:
        fits = abs(value) < 10 ** (field.digits or 9)
    else:
        fits = not field.precision or abs(value) < 10 ** (field.precision - field.scale)
    if fits and field.compound and field.scale:
        # The message for a latitude or longitude out of range is UNCONFIRMED.
        fits = abs(value) <= (90 if "Latitude" in field.name else 180)
    if fits:
        return None
    shown = int(value) if isinstance(value, float) and value.is_integer() else value
    message = f"{field.label}: value outside of valid range on numeric field: {shown}"
    return RowError(code="NUMBER_OUTSIDE_VALID_RANGE", message=message, fields=(field.name,))


def _base64(field: Field, value: str) -> RowError | None:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        # The reference gives no wording for content that is not Base64.
        message = f"{field.label}: value not of required type: {value[:40]}"
        return RowError(code="INVALID_TYPE_ON_FIELD_IN_RECORD", message=message, fields=(field.name,))
    return None
