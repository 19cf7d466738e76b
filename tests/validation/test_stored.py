"""What is called unchanged leaves the record as it is when it is written all the same; the sandbox's storage judges."""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from tests.validation import builders
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.salesforce import collections
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.collections import SaveOptions
from ziggy_sf_write.salesforce.describe import FieldType, parse_object_describe
from ziggy_sf_write.salesforce.failures import Refused
from ziggy_sf_write.salesforce.metadata import describe_object
from ziggy_sf_write.validation.stored import is_empty, same_value

NAME = "Project__c"
DATA = Path(__file__).parents[2] / "../shared/data"
DESCRIBES = {"Account": "SFDO-Tooling__Account__2.json", "Contact": "elasticio__Contact.json"}
# Values that are near each other, by the field that takes them; each may be stored, and then sent, or not be taken.
POOLS: dict[str, Sequence[JsonValue]] = {
    "Hotline__c": ["a", "A", " a", "a ", "a\u00a0", "\u00a0a", "a\t", "a\u2003", "ä", "", " ", None, "a\x85"],
    "Notes__c": ["a\nb", "a\r\nb", "a\rb", "\na", "a\n", "a b", "a  b", "&amp;", "&", "<b>", None, "a\u200b"],
    "Charter__c": ["<b>a</b>", "<B>a</B>", "a", "a & b", "a &amp; b", "<p>a</p>", "<script>x</script>a", "a\nb", None],
    "Summary__c": ["x", "X", "x ", "x\ny", "", None],
    "Homepage__c": ["https://a.example", "HTTPS://a.example", "https://a.example/", " https://a.example", None],
    "ContactEmail__c": ["{k}@x.example", "{K}@X.EXAMPLE", " {k}@x.example", "{k}@x.example\u00a0", None],
    "Billable__c": [True, False, "true", "false", 1, 0, "TRUE", None],
    "Headcount__c": [1, 1.0, 1.5, "1", "1.0", "01", "+1", "1_0", 10, 0, -0.0, None, "1e0", 1e0],
    "Budget__c": [1.1, 1.10, 1.100000000000001, "1.1", 123456789.12, 123456789.120000001, 0.30000000000000004, 0.3],
    "Progress__c": [42, 42.0, 42.5, "42.50", 42.4999999999999999, None],
    "Sequence__c": [1, 1.0, "1", "01", "+1", "-1", -1, 0, "-0", None, True],
    "Ticks__c": [9007199254740993, 9007199254740992, "9007199254740993", 9007199254740993.0, 1, None],
    "StartDate__c": ["2026-11-29", " 2026-11-29", "2026-11-29T00:00:00Z", "2026-11-29T23:30:00-05:00", None],
    "KickOff__c": [
        "2026-11-29T10:00:00Z", "2026-11-29T11:00:00+01:00", "2026-11-29T10:00:00.000+0000", "2026-11-29T10:00:00.4Z",
        "2026-11-29T10:00:00.999Z", "2026-11-29T10:00:01Z", "2026-11-29", "2026-11-29T10:00:00", None,
    ],
    "DailyStandup__c": ["09:30:00.000Z", "09:30:00Z", "09:30:00", "09:30:00.001Z", "09:30:00.0001Z", "09:31:00Z", None],
    "Skills__c": ["Python", "Python;SQL", "SQL;Python", "python", "Python; SQL", "Python;Python", ";Python;", "", None],
    "Region__c": ["EMEA", "emea", " EMEA", "EMEA ", "Elsewhere", None],
    "Channel__c": ["Mail", "mail", "Else", " Mail", None],
    "Account__c": ["{a15}", "{a18}", " {a18}", "{b18}", "", None],
    "Secret__c": ["s", "*", "t", None],
}  # fmt: skip
Triple = tuple[str, JsonValue, JsonValue]


def _filled(value: JsonValue, known: dict[str, str]) -> JsonValue:
    if not isinstance(value, str):
        return value
    for name, text in known.items():
        value = value.replace(f"{{{name}}}", text)
    return value


def _triples(count: int, known: dict[str, str]) -> Iterator[Triple]:
    """Field, what is stored and what is sent: half of them from the pools, half made of random characters."""
    chance = random.Random(20261129)  # noqa: S311 # a generator of cases, the same each time
    texts = [one for one, pool in POOLS.items() if any(isinstance(value, str) and "a" in value for value in pool)][:2]
    for number in range(count):
        names = {**known, "k": f"k{number}", "K": f"K{number}"}
        if number % 2:
            field = chance.choice(texts)
            sent = "".join(chance.choices("ab \t\n\u00a0\u2003A;.0", k=chance.randint(1, 4)))
            stored: JsonValue = chance.choice(
                [sent.strip(), sent.lower(), sent + " ", " " + sent, sent.replace("\n", " ")]
            )
            yield field, stored, sent
        else:
            field = chance.choice(list(POOLS))
            stored, sent = (chance.choice(POOLS[field]) for _ in range(2))
            yield field, _filled(stored, names), _filled(sent, names)


def _save(client: OrgClient, bodies: Sequence[dict[str, Any]]) -> list[bool]:
    """Which of these were saved; each by itself where the call is refused as a whole."""
    saved: list[bool] = []
    for start in range(0, len(bodies), 200):
        saved += _save_call(client, bodies[start : start + 200])
    return saved


def _save_call(client: OrgClient, call: Sequence[dict[str, Any]]) -> list[bool]:
    try:
        result = collections.update(client, NAME, call, SaveOptions())
    except Refused:
        if len(call) == 1:
            return [False]
        middle = len(call) // 2
        return _save_call(client, call[:middle]) + _save_call(client, call[middle:])
    return [row.id is not None for row in result.rows]


def _judge(org: Sandbox, count: int) -> tuple[int, list[Triple]]:
    """How many triples were called unchanged, and those among them whose record was changed by writing them."""
    first, second = org.insert("Account", [{"Name": "A"}, {"Name": "B"}])
    triples = list(_triples(count, {"a15": first[:15], "a18": first, "b18": second}))
    config = parse_config({"connection": "sfDev", "object": NAME, "matchKey": "Id"})
    client = RunContext.start(config, context_for(org)).client
    describe = describe_object(client, NAME)
    called, wrong = 0, []
    for start in range(0, len(triples), 2_000):
        chunk = triples[start : start + 2_000]
        ids = org.insert(NAME, [{"Name": "P", "Key__c": f"k{start + number}"} for number in range(len(chunk))])
        _save(client, [{"Id": one, field: stored} for one, (field, stored, _) in zip(ids, chunk, strict=True)])
        fields = list(POOLS)
        before = collections.retrieve(client, NAME, ids, fields)
        unchanged = []
        for record_id, record, triple in zip(ids, before, chunk, strict=True):
            info = describe.find_field(triple[0])
            assert info is not None
            assert record is not None
            same = same_value(info)
            if same is not None and same(triple[2], record[triple[0]]):
                unchanged.append((record_id, record, triple))
        called += len(unchanged)
        _save(client, [{"Id": record_id, field: sent} for record_id, _, (field, _, sent) in unchanged])
        after = collections.retrieve(client, NAME, [record_id for record_id, _, _ in unchanged], fields)
        wrong += [triple for (_, record, triple), now in zip(unchanged, after, strict=True) if now != record]
    return called, wrong


def test_values_that_are_called_unchanged_are(org: Sandbox) -> None:
    called, wrong = _judge(org, 250)
    assert wrong == []
    assert called > 50


@pytest.mark.slow
def test_a_hundred_thousand_values_that_are_called_unchanged_are(org: Sandbox) -> None:
    called, wrong = _judge(org, 100_000)
    assert wrong == []
    assert called > 20_000


@pytest.mark.parametrize("kind", [FieldType.ENCRYPTED, FieldType.BASE64, FieldType.ADDRESS, FieldType.LOCATION])
def test_what_does_not_come_back_as_it_is_is_never_compared(org: Sandbox, kind: FieldType) -> None:
    config = parse_config({"connection": "sfDev", "object": NAME, "matchKey": "Id"})
    describe = describe_object(RunContext.start(config, context_for(org)).client, NAME)
    fields = [one for one in describe.fields if one.type is kind]
    assert fields
    assert [one.name for one in fields if same_value(one) is not None] == []


@pytest.mark.parametrize(("read", "expected"), [(None, True), ("", True), (False, False), (0, False), ("x", False)])
def test_a_checkbox_and_a_zero_are_values(read: JsonValue, *, expected: bool) -> None:
    assert is_empty(read) is expected


@pytest.mark.parametrize(
    ("kind", "sent", "read", "expected"),
    [
        ("double", True, 1, False),
        ("double", "1_0", 10, False),
        ("double", "10.0", 10, True),
        ("multipicklist", None, None, True),
        ("multipicklist", None, "a", False),
        ("multipicklist", "b;a", "a;b", True),
    ],
)
def test_a_value_is_the_same_where_it_is_stored_so(
    kind: str, sent: JsonValue, read: JsonValue, *, expected: bool
) -> None:
    (only,) = [one for one in builders.describe(builders.field("X", kind)).fields if one.name == "X"]
    same = same_value(only)
    assert same is not None
    assert same(sent, read) is expected


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded answers of real orgs are not here (../shared/data)")
@pytest.mark.parametrize("name", DESCRIBES)
def test_of_recorded_values_each_is_the_same_as_itself_and_as_no_other(name: str) -> None:
    describe = parse_object_describe(json.loads((DATA / "describes" / DESCRIBES[name]).read_text(encoding="utf-8")))
    exchanges = json.loads((DATA / "recorded" / "exchanges.json").read_text(encoding="utf-8"))
    bodies = [one["body"] for one in exchanges if one["method"] == "GET" and isinstance(one["body"], dict)]
    records = [body for body in bodies if body.get("attributes", {}).get("type") == name]
    compared = 0
    for field in describe.fields:
        same = same_value(field)
        values = [record[field.name] for record in records if field.name in record]
        for one, other in product(values, repeat=2) if same is not None else ():
            # Both are as an org has stored them, so two that differ are two values.
            assert same is not None
            assert same(one, other) is (one == other), (field.name, one, other)
            compared += 1
    assert compared > 500
