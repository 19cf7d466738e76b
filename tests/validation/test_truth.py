"""The checker against the org: what it lets pass is taken, what it refuses is refused, over both APIs.

`NAMED` lists every way in which the two may differ, with the reason.
"""

import json
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.validation.truth import (
    OBJECTS,
    ONLY_THE_ORG_KNOWS,
    OneObject,
    Pair,
    cell_of,
    invent_describe,
    is_taken_alone,
    names_a_parent,
    open_object,
    parents_by_every_field,
    refusals_by_bulk,
    refusals_by_collections,
)
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldType
from ziggy_sf_write.validation import CheckOptions, Operation, ProblemCode, compile_checker

FOLDER = Path(__file__).parents[2] / "../shared/data/describes"
DESCRIBES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []


def _is_blank(value: JsonValue) -> bool:
    return isinstance(value, str) and not value.strip(string.whitespace)


def _is_far_year(pair: Pair) -> bool:
    written = pair.record.get(pair.info.name)
    is_moment = pair.info.type in (FieldType.DATE, FieldType.DATETIME)
    return is_moment and isinstance(written, str) and not "1700" <= written[:4] < "4001"


def _is_more_than_a_double(pair: Pair) -> bool:
    written = pair.record.get(pair.info.name)
    return isinstance(written, int | Decimal) and written != Decimal(repr(float(written)))


def _is_rounded_whole(pair: Pair) -> bool:
    if pair.info.type not in (FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT):
        return False
    try:
        digits = f"{Decimal(str(pair.value).strip()):f}" if isinstance(pair.value, int | float | str) else ""
    except InvalidOperation:
        return False
    whole, _, fraction = digits.lstrip("+-").partition(".")
    return not fraction.strip("0") and len(whole.strip("0")) > 15


# Reason → whether a pair falls under it. The first four pass the checker, the others are refused by it.
NAMED: Mapping[str, Callable[[Pair], bool]] = {
    "years before 1700 and after 4000: the limit of writes is unconfirmed, so Salesforce judges": _is_far_year,
    "an Id for an object that the org does not list: its key prefix is not known": lambda pair: (
        not pair.problems and not pair.are_targets_listed
    ),
    "digits that a double does not hold: they are sent, and an org that reads doubles rounds": _is_more_than_a_double,
    "a text of spaces only: whether it is null is unconfirmed, so Salesforce judges a required property": lambda pair: (
        _is_blank(pair.value) and not pair.info.is_nillable
    ),
    "a moment without a zone: refused on purpose, whatever Salesforce makes of it": lambda pair: any(
        one.code is ProblemCode.NO_TIME_ZONE for one in pair.problems
    ),
    "a whole number of more than 15 significant digits: refused on purpose, for Salesforce rounds it": (
        lambda pair: bool(pair.problems) and _is_rounded_whole(pair)
    ),
    "a date and time for a date: refused on purpose, for Salesforce takes the day in UTC": lambda pair: (
        bool(pair.problems) and pair.info.type is FieldType.DATE and "T" in str(pair.value)
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


@pytest.fixture
def invented(tmp_path: Path) -> Iterator[Callable[[int], Sandbox]]:
    """Starts an org with an invented object."""
    with ExitStack() as stack:

        def start(seed: int) -> Sandbox:
            path = tmp_path / "invented.json"
            path.write_text(json.dumps(invent_describe(seed)), encoding="utf-8")
            return stack.enter_context(Sandbox(SandboxOptions(objects=(path,))))

        yield start


@pytest.mark.parametrize("name", OBJECTS)
def test_the_checker_and_the_org_agree(org: Sandbox, name: str) -> None:
    _assert_no_differences(org, name, 120, seed=5)


@pytest.mark.parametrize("name", OBJECTS)
def test_they_agree_on_what_a_new_record_must_have(org: Sandbox, name: str) -> None:
    one = open_object(org, name, records=0, seed=5)
    checker = compile_checker(one.describe, CheckOptions(operation=Operation.CREATE, match_key="Id"))
    answer = one.api.create(name, {})
    missing = answer.json()[0]["fields"] if answer.status_code >= 400 else []
    assert sorted(str(found.field) for found in checker.check({})[1]) == sorted(missing)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Project__c", "Contact", "Case", "Task"])
def test_they_agree_on_which_keys_name_a_parent(org: Sandbox, name: str) -> None:
    one = open_object(org, name, records=1, seed=5)
    prefixes = one.key_prefixes()
    for info, parent, value in parents_by_every_field(one):
        parents = {parent.name: parent}
        options = CheckOptions(operation=Operation.UPDATE, match_key="Id", key_prefixes=prefixes, parents=parents)
        record, problems = compile_checker(one.describe, options).check({"Id": one.ids[0], **value})
        written = {key: found for key, found in record.items() if key != "Id"}
        assert names_a_parent(one, written or value) is not bool(problems), f"{info.name}: {value}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_they_agree_on_an_object_that_nobody_has_seen(invented: Callable[[int], Sandbox], seed: int) -> None:
    _assert_no_differences(invented(seed), f"Invented{seed}__c", 200, seed=seed)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(not DESCRIBES, reason="../shared/data/describes is absent: no describes of real orgs to load")
@pytest.mark.parametrize("path", DESCRIBES, ids=lambda path: path.stem)
def test_they_agree_on_the_describe_of_a_real_org(path: Path) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if not {"Id", "IsDeleted", "SystemModstamp"} <= {one["name"] for one in raw["fields"]}:
        pytest.skip(f"{path.stem} is an extract: without the fields that every object has, no org can hold records")
    name = raw["name"]
    with Sandbox(SandboxOptions(objects=(path,))) as org:
        _assert_no_differences(org, name, 120, seed=7)


# Together these two compare more than 100,000 different pairs after the named ones are taken out.
@pytest.mark.slow
@pytest.mark.parametrize("name", OBJECTS)
def test_they_agree_on_many_pairs_of_known_objects(org: Sandbox, name: str) -> None:
    _assert_no_differences(org, name, 8_500, seed=50)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 90))
def test_they_agree_on_many_pairs_of_invented_objects(invented: Callable[[int], Sandbox], seed: int) -> None:
    _assert_no_differences(invented(seed), f"Invented{seed}__c", 850, seed=seed)
