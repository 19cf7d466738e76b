"""Change-aware writing (block.md, section 9): what is equal is not sent, what is there is kept, a preview tells."""

from collections.abc import Mapping
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import BlockResult, JsonValue
from ziggy_sf_write.run.changes import Comparison
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.salesforce.describe import parse_object_describe
from ziggy_sf_write.validation.stored import same_value

SKIP = {"advanced": {"compare": "skipUnchanged"}}
IF_EMPTY = {"advanced": {"overwrite": "ifEmpty"}}
PREVIEW = {"advanced": {"dryRun": True}}
BULK = {"api": "bulk"}
# A record of Project__c with a value of every type that can be compared, as an item says it.
PROJECT: Mapping[str, Any] = {
    "Key__c": "p1",
    "Name": "Apollo",
    "Status__c": "Active",
    "Skills__c": "Python;SQL",
    "Billable__c": True,
    "Headcount__c": 12,
    "Budget__c": 1500.25,
    "Progress__c": 42.5,
    "StartDate__c": "2026-11-29",
    "KickOff__c": "2026-11-29T10:00:00+01:00",
    "DailyStandup__c": "09:30:00",
    "Homepage__c": "https://example.com",
    "Hotline__c": "+49 30 1",
    "Notes__c": "two\nlines",
    "Channel__c": "Mail",
    "Sequence__c": 7,
    "Ticks__c": 9007199254740993,
    "ContactEmail__c": "Ada@Example.com",
}


def _calls(result: BlockResult, kind: str) -> int:
    assert result.report is not None
    return int(result.report["apiCalls"]["byKind"].get(kind, 0))


def _settings(key: str, **advanced: Any) -> dict[str, Any]:
    return {"matchKey": key, "upsert": key != "Id", "advanced": {"compare": "skipUnchanged", **advanced}}


@pytest.mark.parametrize("key", ["Ext__c", "Name", "Id"])
@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_only_what_would_change_is_sent(org: Sandbox, key: str, api: str) -> None:
    ids = org.insert("Account", [{"Ext__c": f"e{n}", "Name": f"N{n}", "Phone": "1"} for n in range(3)])
    items = [{"Ext__c": f"e{n}", "Name": f"N{n}", "Phone": "2" if n == 1 else "1", "Id": ids[n]} for n in range(3)]
    if key != "Id":
        items = [{name: value for name, value in item.items() if name != "Id"} for item in items]
    done = write(org, items, _settings(key, api=api))
    assert outcomes(done) == {"written": 1, "unchanged": 2}
    assert [item["Id"] for item in done.outputs[0]] == ids
    assert done.report is not None
    assert done.report["verdict"] == {"state": "complete", "sentence": "1 of 3 written, 2 unchanged"}
    assert [record["Phone"] for record in org.records("Account")] == ["1", "2", "1"]


def test_a_run_in_which_nothing_changes_sends_nothing(org: Sandbox) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Acme"}])
    before = org.records("Account")
    done = write(org, [{"Ext__c": "a", "Name": "Acme"}], {"matchKey": "Ext__c", "upsert": True, **SKIP})
    assert outcomes(done) == {"unchanged": 1}
    assert org.records("Account") == before
    assert done.report is not None
    assert done.report["api"]["name"] == "none"


@pytest.mark.parametrize("validate", [True, False])
def test_every_type_is_compared_as_salesforce_stores_it(org: Sandbox, *, validate: bool) -> None:
    settings = {"object": "Project__c", "matchKey": "Key__c", "upsert": True, "validate": validate, **SKIP}
    assert outcomes(write(org, [PROJECT], {**settings, "validate": True})) == {"written": 1}
    again = {**PROJECT, "DailyStandup__c": "09:30:00.000Z", "KickOff__c": "2026-11-29T09:00:00Z"}
    assert outcomes(write(org, [again], settings)) == {"unchanged": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"Skills__c": "Python"},
        {"Billable__c": False},
        {"Budget__c": 1500.26},
        {"KickOff__c": "2026-11-29T10:00:00Z"},
        {"DailyStandup__c": "09:30:00.001"},
        {"Ticks__c": 9007199254740992},
        {"Notes__c": "two\nLines"},
        {"Name": "apollo"},
        {"Notes__c": None},
        {"Headcount__c": 12.5},
    ],
)
def test_a_change_of_one_value_is_sent(org: Sandbox, change: dict[str, Any]) -> None:
    settings = {"object": "Project__c", "matchKey": "Key__c", "upsert": True, "validate": True, **SKIP}
    write(org, [PROJECT], settings)
    assert outcomes(write(org, [{**PROJECT, **change}], settings)) == {"written": 1}


@pytest.mark.parametrize(
    "same",
    [
        {"Name": "  Apollo\t"},
        {"Skills__c": "SQL;Python;SQL"},
        {"Budget__c": "1500.250"},
        {"ContactEmail__c": "ADA@example.COM"},
        {"Headcount__c": 12.0},
        {"StartDate__c": "2026-11-29T00:00:00Z"},
    ],
)
def test_another_spelling_of_the_same_value_is_not(org: Sandbox, same: dict[str, Any]) -> None:
    settings = {"object": "Project__c", "matchKey": "Key__c", "upsert": True, "validate": True, **SKIP}
    write(org, [PROJECT], settings)
    before = org.records("Project__c")
    assert outcomes(write(org, [{**PROJECT, **same}], settings)) == {"unchanged": 1}
    # Sent all the same it would leave the record as it is, but for the stamps of the system.
    write(org, [{**PROJECT, **same}], {**settings, "advanced": {}})
    stamps = {"LastModifiedDate", "SystemModstamp"}
    assert [{k: v for k, v in one.items() if k not in stamps} for one in org.records("Project__c")] == [
        {k: v for k, v in one.items() if k not in stamps} for one in before
    ]


def test_what_cannot_be_read_counts_as_changed(org: Sandbox) -> None:
    settings = {"object": "Project__c", "matchKey": "Key__c", "upsert": True, "validate": True, **SKIP}
    item = {"Key__c": "p", "Name": "P", "Secret__c": "s3cr3t"}
    write(org, [item], settings)
    assert outcomes(write(org, [item], settings)) == {"written": 1}


def test_a_parent_that_is_named_by_its_key_is_compared_by_it(org: Sandbox) -> None:
    settings = {"object": "Project__c", "matchKey": "Key__c", "upsert": True, "validate": True, **SKIP}
    org.insert("Account", [{"Ext__c": "A", "Name": "A"}, {"Ext__c": "B", "Name": "B"}])
    item = {"Key__c": "p", "Name": "P", "Account__r": {"Ext__c": "A"}}
    assert outcomes(write(org, [item], settings)) == {"written": 1}
    assert outcomes(write(org, [item, {**item, "Key__c": "q"}], settings)) == {"unchanged": 1, "written": 1}
    other = {**item, "Account__r": {"Ext__c": "B"}}
    assert outcomes(write(org, [other], settings)) == {"written": 1}
    (account,) = [one["Id"] for one in org.records("Account") if one["Ext__c"] == "B"]
    assert [one["Account__c"] for one in org.records("Project__c") if one["Key__c"] == "p"] == [account]
    cleared = {"Key__c": "p", "Account__c": None}
    assert outcomes(write(org, [cleared, cleared], settings)) == {"written": 1, "unchanged": 1}


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_the_next_item_of_a_key_is_compared_with_what_the_first_has_written(org: Sandbox, api: str) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    items = [
        {"Ext__c": "a", "Name": "New"},
        {"Ext__c": "a", "Name": "New"},
        {"Ext__c": "a", "Name": "Old"},
        {"Ext__c": "b", "Name": "Made"},
        {"Ext__c": "b", "Name": "Made"},
    ]
    done = write(
        org, items, {"matchKey": "Ext__c", "upsert": True, "advanced": {"compare": "skipUnchanged", "api": api}}
    )
    assert outcomes(done) == {"written": 3, "unchanged": 2}
    assert [record["Name"] for record in org.records("Account")] == ["Old", "Made"]


def test_what_the_second_item_says_beyond_the_first_is_sent(org: Sandbox) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old", "Phone": "1"}])
    items = [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "a", "Phone": "1"}]
    # A rule of the org may have changed the phone when the name was saved.
    done = write(org, items, {"matchKey": "Ext__c", "upsert": True, **SKIP})
    assert outcomes(done) == {"written": 2}


@pytest.mark.parametrize("key", ["Ext__c", "Name", "Id"])
def test_only_empty_fields_are_written(org: Sandbox, key: str) -> None:
    (record_id,) = org.insert("Account", [{"Ext__c": "a", "Name": "Acme", "Phone": "1"}])
    item = {"Id": record_id, "Ext__c": "a", "Name": "Acme", "Phone": "2", "Fax": "3"}
    if key != "Id":
        del item["Id"]
    settings = {"matchKey": key, "upsert": key != "Id", **IF_EMPTY}
    assert outcomes(write(org, [item, {**item, "Fax": "4"}], settings)) == {"written": 1, "unchanged": 1}
    (record,) = org.records("Account")
    assert (record["Phone"], record["Fax"], record["Active__c"]) == ("1", "3", False)


def test_a_new_record_gets_all_of_its_fields(org: Sandbox) -> None:
    items = [{"Ext__c": "a", "Name": "Acme", "Phone": "2"}, {"Ext__c": "a", "Phone": "3", "Fax": "4"}]
    done = write(org, items, {"matchKey": "Ext__c", "upsert": True, **IF_EMPTY})
    assert outcomes(done) == {"written": 2}
    (record,) = org.records("Account")
    assert (record["Phone"], record["Fax"]) == ("2", "4")


def test_a_key_that_cannot_be_searched_overwrites_nothing(org: Sandbox) -> None:
    item = {"Ext__c": "x" * 4_100, "Name": "Acme"}
    done = write(org, [item], {"matchKey": "Ext__c", "upsert": True, "validate": False, **IF_EMPTY})
    assert outcomes(done) == {"failed": 1}
    assert done.report is not None
    assert done.report["notWritten"][0]["errors"][0]["code"] == "key_not_searchable"


def test_a_preview_shows_old_and_new_values_and_what_the_run_would_cost(org: Sandbox) -> None:
    (record_id, *_) = org.insert(
        "Account", [{"Ext__c": "a", "Name": "Acme", "Phone": "1"}, {"Ext__c": "b", "Name": "B"}]
    )
    before = org.records("Account")
    items = [
        {"Ext__c": "a", "Name": "Acme", "Phone": "2", "Fax": None},
        {"Ext__c": "b", "Name": "B"},
        {"Ext__c": "c", "Name": "C"},
    ]
    done = write(org, items, {"matchKey": "Ext__c", "upsert": True, **PREVIEW})
    assert org.records("Account") == before
    report = done.report
    assert report is not None
    assert outcomes(done) == {"wouldUpdate": 2, "wouldCreate": 1}
    assert report["changes"] == [
        {"index": 0, "id": record_id, "action": "update", "fields": {"Phone": {"before": "1", "after": "2"}}},
        {
            "index": 2,
            "id": None,
            "action": "create",
            "fields": {"Ext__c": {"before": None, "after": "c"}, "Name": {"before": None, "after": "C"}},
        },
    ]
    assert (report["unchanged"], report["changesNotShown"]) == (1, 0)
    # One upsert of three records; the run asks nothing before it.
    assert report["callEstimate"]["calls"] == 1
    assert report["callEstimate"]["left"] == report["apiCalls"]["orgLimit"] - report["apiCalls"]["orgUsed"]


@pytest.mark.parametrize("key", ["Ext__c", "Name", "Id"])
@pytest.mark.parametrize("compare", ["off", "skipUnchanged"])
def test_the_estimate_is_what_the_run_uses(org: Sandbox, key: str, compare: str) -> None:
    ids = org.insert("Account", [{"Ext__c": f"e{n}", "Name": f"N{n}", "Phone": "1"} for n in range(700)])
    items = [{"Ext__c": f"e{n}", "Name": f"N{n}", "Phone": str(n % 2)} for n in range(700)]
    if key == "Id":
        items = [{**item, "Id": record_id} for item, record_id in zip(items, ids, strict=True)]
    advanced = {"compare": compare}
    settings = {"matchKey": key, "upsert": key != "Id"}
    preview = write(org, items, {**settings, "advanced": {**advanced, "dryRun": True}}).report
    real = write(org, items, {**settings, "advanced": advanced}).report
    assert preview is not None
    assert real is not None
    by_kind = real["apiCalls"]["byKind"]
    used = sum(count for kind, count in by_kind.items() if kind.startswith(("query", "collections_")))
    assert preview["callEstimate"]["calls"] == used


def test_a_bulk_run_that_had_only_to_read_says_that_nothing_was_sent(org: Sandbox) -> None:
    ids = org.insert("Account", [{"Name": "N"} for _ in range(3)])
    items = [{"Id": one, "Name": "N"} for one in ids]
    config = {"matchKey": "Id", "upsert": False, "advanced": {"api": "bulk", "compare": "skipUnchanged"}}
    report = write(org, items, config).report
    assert report is not None
    assert (report["counts"]["unchanged"], report["api"]["name"]) == (3, "none")


def test_the_estimate_of_a_bulk_run_counts_a_job_and_the_calls_of_few_later_rows(org: Sandbox) -> None:
    items = [{"Ext__c": f"e{n}", "Name": "N"} for n in range(700)] + [{"Ext__c": "e0", "Name": "O"}]
    by_key = write(
        org, items, {"matchKey": "Ext__c", "advanced": {"api": "bulk", "dryRun": True, "batchSize": 50}}
    ).report
    assert by_key is not None
    # A job is made in about a dozen calls, which 700 items would exceed; the second item of a key takes one.
    assert by_key["callEstimate"]["calls"] == 12 + 1
    # By a name that nobody has, 250 creates take two calls, because no job takes them, after the query that looks.
    named = [{"Name": f"N{n}"} for n in range(250)]
    by_name = write(
        org, named, {"matchKey": "Name", "upsert": True, "advanced": {"api": "bulk", "dryRun": True}}
    ).report
    assert by_name is not None
    assert by_name["callEstimate"]["calls"] == 1 + 2


def test_the_estimate_puts_new_records_into_a_job_where_the_run_does() -> None:
    with Sandbox(SandboxOptions(api_limit=100)) as scarce:
        items = [{"Ext__c": f"e{n}", "Name": "N"} for n in range(30)]
        settings = {"matchKey": "Ext__c", "upsert": True}
        preview = write(scarce, items, {**settings, "advanced": {"batchSize": 1, "dryRun": True}}).report
        assert preview is not None
        assert preview["callEstimate"]["calls"] == 12
        write(scarce, items, {**settings, "advanced": {"batchSize": 1}})
        assert scarce.stats().calls["bulk_create"] == 1


@pytest.mark.slow
def test_reads_are_as_few_as_the_limits_allow(org: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    ids = org.insert("Account", [{"Ext__c": f"e{n:05}", "Name": "N", "Phone": "1"} for n in range(5_000)])
    items = [{"Ext__c": f"e{n:05}", "Phone": "2" if n % 100 == 0 else "1"} for n in range(5_000)]
    done = write(org, items, {"matchKey": "Ext__c", "upsert": True, **SKIP})
    assert outcomes(done) == {"written": 50, "unchanged": 4_950}
    # Nine bytes a key of the 12,000 that a query's address may have, then the fifty that changed in one call.
    assert (_calls(done, "query"), _calls(done, "collections_upsert")) == (4, 1)
    by_id = [{"Id": record_id, "Phone": "3"} for record_id in ids[:4_500]]
    done = write(org, by_id, {"matchKey": "Id", **SKIP})
    # 2,000 Ids a call. A connection that broke has cost a try more, in which the limits have no part.
    broken = [line for line in caplog.messages if "failed on try" in line]
    updates = _calls(done, "collections_update") - sum(line.startswith("collections_update ") for line in broken)
    assert (_calls(done, "collections_read"), updates) == (3, 23), broken


def test_a_preview_shows_so_many_changes_and_counts_the_others(org: Sandbox) -> None:
    items = [{"Ext__c": f"e{n}", "Name": "N"} for n in range(503)]
    report = write(org, items, {"matchKey": "Ext__c", **PREVIEW}).report
    assert report is not None
    assert (len(report["changes"]), report["changesNotShown"]) == (500, 3)


def test_a_preview_of_two_items_of_one_record_shows_what_each_would_change(org: Sandbox) -> None:
    org.insert("Project__c", [{"Key__c": "p", "Name": "Old"}])
    items = [
        {"Key__c": "p", "Name": "New", "Secret__c": "s"},
        {"Key__c": "p", "Name": "New", "Secret__c": "t", "Nope__c": 1},
        {"Key__c": "p", "Name": "Newer"},
    ]
    report = write(org, items, {"object": "Project__c", "matchKey": "Key__c", **PREVIEW}).report
    assert report is not None
    assert [change["fields"] for change in report["changes"]] == [
        {"Name": {"before": "Old", "after": "New"}, "Secret__c": {"before": None, "after": "s"}},
        {"Secret__c": {"before": "s", "after": "t"}},
        {"Name": {"before": "New", "after": "Newer"}},
    ]


@pytest.mark.parametrize("target", [[], ["Nowhere__c"]])
def test_a_parent_that_cannot_be_seen_counts_as_changed(org: Sandbox, target: list[str]) -> None:
    client = RunContext.start(
        parse_config({"connection": "sfDev", "object": "Account", "matchKey": "Id"}), context_for(org)
    ).client
    field = {"name": "Ghost__c", "type": "reference", "relationshipName": "Ghost__r", "referenceTo": target}
    describe = parse_object_describe({"name": "Thing__c", "fields": [field]})
    (column,) = Comparison(client, describe).columns([{"Ghost__r": {"Ext__c": "x"}}])
    assert (column.path, list(column.paths)) == (None, ["Ghost__c"])


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("datetime", 5),
        ("datetime", "tomorrow"),
        ("datetime", "tomorrow at 10:00"),
        ("datetime", "2026-11-29T10:00:00"),
        ("time", 5),
        ("time", "noon"),
        ("time", "25:00"),
    ],
)
def test_what_is_no_moment_is_the_same_as_none(kind: str, sent: JsonValue) -> None:
    (field,) = parse_object_describe({"name": "Thing__c", "fields": [{"name": "A__c", "type": kind}]}).fields
    same = same_value(field)
    assert same is not None
    assert not same(sent, "2026-11-29T10:00:00.000+0000")


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        ("datetime", "20261129T100000Z", "2026-11-29T10:00:00.000+0000"),
        ("time", "100000Z", "10:00:00.000Z"),
        ("time", "00000000000000Z", "00:00:00.000Z"),
    ],
)
def test_a_row_of_digits_is_no_moment(kind: str, sent: str, read: str) -> None:
    """Salesforce takes the forms of XML Schema's dateTime and time, which have colons; it would refuse these."""
    (field,) = parse_object_describe({"name": "Thing__c", "fields": [{"name": "A__c", "type": kind}]}).fields
    same = same_value(field)
    assert same is not None
    assert same(read, read)
    assert not same(sent, read)
