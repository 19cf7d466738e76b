"""Which record a hostile key means, through both APIs, against a model of Salesforce's own rules.

Numbers keep fifteen significant digits (HELP 000394530) and their decimals (HELP 000387302); texts lose white space of
ASCII alone; case counts but for unique fields that were declared without it (SOAP API upsert()).
"""

from collections.abc import Callable, Hashable, Sequence
from decimal import Context, Decimal, InvalidOperation
from random import Random

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.contract import JsonValue

pytestmark = pytest.mark.slow

_FIFTEEN = Context(prec=15)
_BLANKS = ("", " ", "\t", "\u00a0", "\u2003", "\u0085", "\x0b")


def _number(value: JsonValue) -> Hashable | None:
    """The number that is kept, or None for what no number field can hold without loss."""
    text = str(value).strip(" \t\n\r\v\f")
    try:
        # Decimal() itself would cut off every blank of Unicode.
        number = Decimal(text if text.isascii() else "x")
    except InvalidOperation:
        return None
    kept = number.normalize(_FIFTEEN)
    is_lossy = number == number.to_integral_value() and kept != number
    return None if is_lossy or abs(number) >= 10**10 else kept


def _text(value: JsonValue) -> Hashable | None:
    return str(value).strip(" \t\n\r\v\f") or None


def _folded(value: JsonValue) -> Hashable | None:
    found = _text(value)
    return found.lower() if isinstance(found, str) else None


def _numbers(draw: Random) -> JsonValue:
    whole = draw.choice([0, 1, 7, 42, 42, 999_999_999, 9_999_999_999, 10**10, 123_456_789_012_345_678])
    number = draw.choice([whole, -whole, whole + 0.5, whole + 0.25, whole + 1e-6, float(whole), 0.1 + 0.2, 0.3])
    blanks = draw.choice(["", " ", "\t"])
    return draw.choice([number, f"{blanks}{number}{blanks}", str(number).replace("e", "E"), "x", f"{number}\u00a0"])


def _texts(draw: Random) -> JsonValue:
    word = draw.choice(["a", "A", "ab", "Straße", "STRASSE", "é", "e\u0301", "7", "7.0"])
    return draw.choice([f"{draw.choice(_BLANKS)}{word}{draw.choice(_BLANKS)}", word, 7, 7.0])


def _as_cell(value: JsonValue) -> JsonValue:
    return int(value) if isinstance(value, float) and value.is_integer() else value


FIELDS = {
    "Number__c": (_numbers, _number),
    "Key__c": (_texts, _folded),
    "StrictKey__c": (_texts, _text),
    "LegacyKey__c": (_texts, _text),
}


def _assert_the_same_records(
    org: Sandbox,
    key: str,
    values: Sequence[JsonValue],
    mean: Callable[[JsonValue], Hashable | None],
    config: dict[str, JsonValue],
) -> None:
    items = [{key: value, "Name": f"n{place}"} for place, value in enumerate(values)]
    meant = [mean(_as_cell(value)) for value in values]
    result = write(org, items, config)
    assert outcomes(result).get("written", 0) == sum(one is not None for one in meant), result.report
    last = {one: f"n{place}" for place, one in enumerate(meant) if one is not None}
    assert {mean(row[key]): row["Name"] for row in org.records("Project__c")} == last
    assert len(org.records("Project__c")) == len(last)


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("key", FIELDS)
@pytest.mark.parametrize("seed", range(2))
def test_every_key_writes_the_record_that_it_means(org: Sandbox, api: str, key: str, seed: int) -> None:
    make, mean = FIELDS[key]
    draw = Random(seed)  # noqa: S311 (the same keys each time)
    values = [make(draw) for _ in range(60)]
    config: dict[str, JsonValue] = {
        "object": "Project__c",
        "matchKey": key,
        "validate": True,
        "advanced": {"api": api},
    }
    _assert_the_same_records(org, key, values, mean, config)


def _close_numbers(draw: Random) -> list[JsonValue]:
    """Two keys that differ by one thing, or only look as if they did."""
    whole = draw.randint(1, 10**9)
    others = [
        whole + 0.5,
        whole + 1e-6,
        float(whole),
        f"{whole}.0",
        f" {whole}\t",
        f"{whole}\u00a0",
        f"{whole}e0",
        -whole,
    ]
    more = [f"{whole}{draw.randint(0, 10**9):09}", f"{whole}.{draw.randint(0, 9999):04}", f"+{whole}", f"0{whole}"]
    return [whole, draw.choice([*others, *more])]


def _close_texts(draw: Random) -> list[JsonValue]:
    word = f"{draw.choice(['a', 'Straße', 'é', 'İ', 'K', ''])}{draw.randint(0, 10**9)}{draw.choice(['', 'x', 'ß'])}"
    blank = draw.choice(_BLANKS)
    others = [
        word.upper(),
        f"{word}{blank}",
        f"{blank}{word}",
        f"{word}{blank}x",
        f"{word}.0",
        f"0{word}",
        f"{word}\u0301",
    ]
    return [word, draw.choice(others)]


CLOSE = {
    "Number__c": _close_numbers,
    "Key__c": _close_texts,
    "StrictKey__c": _close_texts,
    "LegacyKey__c": _close_texts,
}


# A hundred thousand keys.
@pytest.mark.slow
@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("key", FIELDS)
@pytest.mark.parametrize("seed", range(25))
def test_many_keys_write_the_records_that_they_mean(org: Sandbox, api: str, key: str, seed: int) -> None:
    draw = Random(100 + seed)  # noqa: S311 (the same keys each time)
    values = [value for _ in range(250) for value in CLOSE[key](draw)]
    settings: dict[str, JsonValue] = {"validate": True, "advanced": {"api": api}}
    _assert_the_same_records(org, key, values, FIELDS[key][1], {"object": "Project__c", "matchKey": key, **settings})
