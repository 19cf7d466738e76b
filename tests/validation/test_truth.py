"""The checker against the org: what it lets pass is taken, what it refuses is refused, over both doors.

`NAMED` lists every way in which the two may differ, with the reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import pytest

from tests.validation.truth import (
    OBJECTS,
    ONLY_THE_ORG_KNOWS,
    OneObject,
    Pair,
    cell_of,
    is_taken_alone,
    open_object,
    refusals_by_bulk,
    refusals_by_collections,
)
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldType
from ziggy_sf_write.sandbox import Sandbox
from ziggy_sf_write.validation import ProblemCode


def _is_blank(value: JsonValue) -> bool:
    return isinstance(value, str) and not value.strip()


def _is_far_year(pair: Pair) -> bool:
    written = pair.record.get(pair.info.name)
    is_moment = pair.info.type in (FieldType.DATE, FieldType.DATETIME)
    return is_moment and isinstance(written, str) and not "1700" <= written[:4] < "4001"


def _is_more_than_a_double(pair: Pair) -> bool:
    written = pair.record.get(pair.info.name)
    return isinstance(written, int | Decimal) and written != Decimal(repr(float(written)))


# Reason → whether a pair falls under it. The first three pass the checker, the others are refused by it.
NAMED: Mapping[str, Callable[[Pair], bool]] = {
    "years before 1700 and after 4000: the limit of writes is unconfirmed, so Salesforce judges": _is_far_year,
    "digits that a double does not hold: they are sent, and an org that reads doubles rounds": _is_more_than_a_double,
    "a text of spaces only: whether it is null is unconfirmed, so Salesforce judges a required property": lambda pair: (
        _is_blank(pair.value) and not pair.info.is_nillable
    ),
    "a moment without a zone: refused on purpose, whatever Salesforce makes of it": lambda pair: any(
        one.code is ProblemCode.NO_TIME_ZONE for one in pair.problems
    ),
    "a text of spaces only where no text belongs: an org may read it as empty, we ask for a value": lambda pair: (
        bool(pair.problems) and _is_blank(pair.value)
    ),
}


def _differences(one: OneObject, count: int) -> list[str]:
    pairs = [pair for pair in one.pairs(count) if not any(holds(pair) for holds in NAMED.values())]
    passed = [pair for pair in pairs if not pair.problems]
    refused = [pair for pair in pairs if pair.problems]
    found = [
        f"{pair}, and Collections refuse it: {code}"
        for pair, code in refusals_by_collections(one, passed)
        if code not in ONLY_THE_ORG_KNOWS
    ]
    found += [f"{pair}, and a single update takes it" for pair in refused if is_taken_alone(one, pair)]
    return found + _bulk_differences(one, pairs)


def _bulk_differences(one: OneObject, pairs: Sequence[Pair]) -> list[str]:
    cells = [(pair, cell) for pair in pairs if (cell := _cell(pair)) is not None]
    found: list[str] = []
    for start in range(0, len(cells), len(one.ids)):
        batch = cells[start : start + len(one.ids)]
        refusals = refusals_by_bulk(one, batch)
        for place, (pair, _) in enumerate(batch):
            error = refusals.get(place, "")
            is_taken = not error or error.partition(":")[0] in ONLY_THE_ORG_KNOWS
            if is_taken == bool(pair.problems):
                found.append(f"{pair}, and Bulk says: {error or 'taken'}")
    return found


def _cell(pair: Pair) -> str | None:
    if pair.info.type is FieldType.BASE64 or not pair.info.can_update:
        return None
    return cell_of(pair.value if pair.problems else pair.record[pair.info.name])


def _assert_no_differences(org: Sandbox, name: str, count: int, seed: int) -> None:
    one = open_object(org, name, records=min(count, 2_000), seed=seed)
    differences = _differences(one, count)
    shown = "\n".join(line for line, _ in Counter(differences).most_common(40))
    assert not differences, f"{len(differences)} of {count} pairs differ:\n{shown}"


@pytest.mark.parametrize("name", OBJECTS)
def test_the_checker_and_the_org_agree(org: Sandbox, name: str) -> None:
    _assert_no_differences(org, name, 250, seed=5)


@pytest.mark.slow
@pytest.mark.parametrize("name", OBJECTS)
def test_the_checker_and_the_org_agree_on_a_hundred_thousand_pairs(org: Sandbox, name: str) -> None:
    _assert_no_differences(org, name, 100_000 // len(OBJECTS), seed=50)
