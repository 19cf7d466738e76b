"""Describes of real orgs: each compiles, and each of its writable fields tells right from wrong."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe, parse_object_describe
from ziggy_sf_write.salesforce.ids import to_18
from ziggy_sf_write.validation import CheckOptions, Operation, ProblemCode, compile_checker
from ziggy_sf_write.validation.picklists import is_closed

FOLDER = Path(__file__).parents[2] / "../shared/data/describes"
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FILES, reason="../shared/data/describes is absent: no describes of real orgs to read"),
]


def load(path: Path) -> ObjectDescribe:
    """The describe of one file."""
    return parse_object_describe(json.loads(path.read_text(encoding="utf-8")))


def _closed(info: FieldInfo) -> tuple[JsonValue, JsonValue, ProblemCode]:
    active = next(one.value for one in info.picklist_values if one.is_active)
    return active, "no such value", ProblemCode.NOT_IN_PICKLIST


def _text(info: FieldInfo) -> tuple[JsonValue, JsonValue, ProblemCode]:
    return "x" * info.length, "x" * (info.length + 1), ProblemCode.TOO_LONG


def _decimal(info: FieldInfo) -> tuple[JsonValue, JsonValue, ProblemCode]:
    if info.compound_field_name:  # a latitude or longitude, bounded by the globe
        return 89.5, 180.5, ProblemCode.OUT_OF_RANGE
    whole = info.precision - info.scale
    # Fifteen nines and zeros: Salesforce rounds whole numbers of more digits.
    return 10**whole - 10 ** max(whole - 15, 0), 10**whole, ProblemCode.OUT_OF_RANGE


# For each type: a value that is right, one that is just wrong, and why.
CASES: dict[FieldType, Callable[[FieldInfo], tuple[JsonValue, JsonValue, ProblemCode]]] = {
    **dict.fromkeys((FieldType.CURRENCY, FieldType.DOUBLE, FieldType.PERCENT), _decimal),
    FieldType.EMAIL: lambda _: ("ada@example.com", "ada", ProblemCode.BAD_EMAIL),
    FieldType.REFERENCE: lambda _: (to_18("001000000000001"), "001", ProblemCode.BAD_ID),
    FieldType.BOOLEAN: lambda _: (True, "yes", ProblemCode.WRONG_TYPE),
    FieldType.INT: lambda info: (10**info.digits - 1, 10**info.digits, ProblemCode.OUT_OF_RANGE),
    FieldType.DATE: lambda _: ("2026-11-23", "23/11/2026", ProblemCode.BAD_DATE),
    FieldType.DATETIME: lambda _: ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00", ProblemCode.NO_TIME_ZONE),
    FieldType.TIME: lambda _: ("10:00:00.000Z", "10 o'clock", ProblemCode.BAD_TIME),
    FieldType.BASE64: lambda _: ("aGVsbG8=", "hello.", ProblemCode.BAD_BASE64),
}


def writable() -> Iterator[object]:
    """Every field of every describe that a create or an update may write."""
    for path in FILES:
        describe = load(path)
        for info in describe.fields:
            if info.can_create or info.can_update:
                yield pytest.param(describe, info, id=f"{describe.name}.{info.name}")


@pytest.mark.parametrize(("describe", "info"), list(writable()))
def test_a_writable_field_takes_what_is_right_and_refuses_what_is_wrong(
    describe: ObjectDescribe, info: FieldInfo
) -> None:
    operation = Operation.CREATE if info.can_create else Operation.UPDATE
    options = CheckOptions(operation=operation, match_key="Id", properties=(info.name,))
    checker = compile_checker(describe, options)
    make = _closed if is_closed(info) else CASES.get(info.type, _text)
    right, wrong, code = make(info)
    if info.is_record_type and describe.record_types:
        code = ProblemCode.BAD_RELATIONSHIP  # neither an Id nor one of its names
    if describe.name in info.reference_to:
        right = to_18(f"{describe.key_prefix}000000000001")
    key = {"Id": f"{describe.key_prefix}000000000001"} if operation is Operation.UPDATE else {}

    def found(value: JsonValue) -> list[ProblemCode]:
        return [one.code for one in checker.check({**key, info.name: value})[1] if one.field == info.name]

    assert found(right) == []
    assert found(wrong) == [code]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_field_that_nobody_may_write_is_refused(path: Path) -> None:
    describe = load(path)
    checker = compile_checker(describe, CheckOptions(operation=Operation.UPSERT, match_key="Id"))
    for info in describe.fields:
        if not (info.can_create or info.can_update) and info.name != "Id":
            problems = checker.check({info.name: "x"})[1]
            (code,) = (one.code for one in problems if one.field == info.name)
            assert code in (ProblemCode.NOT_WRITABLE, ProblemCode.COMPOUND_FIELD)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_new_record_with_all_that_is_required_passes(path: Path) -> None:
    describe = load(path)
    checker = compile_checker(describe, CheckOptions(operation=Operation.CREATE, match_key="Id"))
    _, problems = checker.check({})
    item: dict[str, JsonValue] = {}
    for one in problems:
        assert one.code is ProblemCode.REQUIRED_MISSING
        info = describe.find_field(one.field or "")
        assert info is not None
        item[info.name] = (_closed if is_closed(info) else CASES.get(info.type, _text))(info)[0]
    assert list(checker.check(item)[1]) == []
