"""Queries that assert: groups, functions, children, semi-joins, spans of days (SOQL and SOSL Reference)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from salesforce_sandbox.soql.grammar import _grammar
from salesforce_sandbox.soql.relative import span
from tests.sandbox.client import Api

BY_QUARTER = (
    "SELECT CALENDAR_YEAR(CloseDate) y, CALENDAR_QUARTER(CloseDate) q, COUNT(Id) n FROM Opportunity "
    "GROUP BY CALENDAR_YEAR(CloseDate), CALENDAR_QUARTER(CloseDate) "
    "ORDER BY CALENDAR_YEAR(CloseDate), CALENDAR_QUARTER(CloseDate)"
)


@pytest.fixture
def deals(sandbox: Sandbox) -> Sandbox:
    acme, globex, _ = sandbox.insert("Account", [{"Name": "Acme"}, {"Name": "Globex"}, {"Name": "Empty"}])
    sandbox.insert(
        "Opportunity",
        [
            {"Name": "a", "StageName": "Won", "Amount": 10, "CloseDate": "2025-01-31", "AccountId": acme},
            {"Name": "b", "StageName": "Won", "Amount": 30.5, "CloseDate": "2025-04-01", "AccountId": acme},
            {"Name": "c", "StageName": "Lost", "CloseDate": "2026-01-01", "AccountId": globex},
            {"Name": "d", "StageName": "Lost", "Amount": 5, "CloseDate": "2026-01-02"},
        ],
    )
    sandbox.insert(
        "Contact",
        [{"LastName": name, "AccountId": acme} for name in ("X", "Y", "Z")] + [{"LastName": "W", "AccountId": globex}],
    )
    return sandbox


def groups(api: Api, soql: str) -> list[dict[str, Any]]:
    records = api.query(soql).json()["records"]
    assert all(each.pop("attributes") == {"type": "AggregateResult"} for each in records)
    return records  # type: ignore[no-any-return]  # JSON


@pytest.mark.usefixtures("deals")
@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT COUNT(Id) FROM Opportunity", [{"expr0": 4}]),
        ("SELECT COUNT(Amount), SUM(Amount) total FROM Opportunity", [{"expr0": 3, "total": 45.5}]),
        ("SELECT MIN(CloseDate) first, MAX(Amount) FROM Opportunity", [{"first": "2025-01-31", "expr0": 30.5}]),
        ("SELECT count_distinct(StageName) n FROM Opportunity", [{"n": 2}]),
        ("SELECT SUM(Amount) FROM Opportunity WHERE Name = 'nobody'", [{"expr0": None}]),
        (
            "SELECT StageName, AVG(Amount) mean FROM Opportunity GROUP BY StageName ORDER BY StageName",
            [{"StageName": "Lost", "mean": 5}, {"StageName": "Won", "mean": 20.25}],
        ),
        (
            "SELECT Account.Name, COUNT(Id) n FROM Opportunity GROUP BY Account.Name ORDER BY COUNT(Id) DESC LIMIT 1",
            [{"Name": "Acme", "n": 2}],
        ),
        (
            "SELECT StageName FROM Opportunity GROUP BY StageName HAVING SUM(Amount) > 20",
            [{"StageName": "Won"}],
        ),
        (
            BY_QUARTER,
            [{"y": 2025, "q": 1, "n": 1}, {"y": 2025, "q": 2, "n": 1}, {"y": 2026, "q": 1, "n": 2}],
        ),
        ("SELECT COUNT(o.Id) n FROM Opportunity o WHERE o.Account.Name = 'acme'", [{"n": 2}]),
    ],
)
def test_groups_and_functions(api: Api, soql: str, expected: list[dict[str, Any]]) -> None:
    assert groups(api, soql) == expected


@pytest.mark.usefixtures("deals")
def test_a_part_of_a_date_can_be_filtered(api: Api) -> None:
    soql = "SELECT Name FROM Opportunity WHERE CALENDAR_MONTH(CloseDate) = 1 AND DAY_IN_MONTH(CloseDate) < 3"
    assert [each["Name"] for each in api.rows(soql)] == ["c", "d"]


@pytest.mark.parametrize(
    ("soql", "said"),
    [
        ("SELECT Name, COUNT(Id) FROM Account", "Field must be grouped or aggregated: Name"),
        ("SELECT Name n FROM Account", "only aggregate expressions use field aliasing"),
        ("SELECT SUM(Name) FROM Account", "field Name does not support aggregate operator SUM"),
        ("SELECT HOUR_IN_DAY(CloseDate) FROM Opportunity", "does not support"),
        ("SELECT Description FROM Account GROUP BY Description", "can not be grouped in a query call"),
        ("SELECT COUNT(Id) FROM Account GROUP BY COUNT(Id)", "can not be grouped in a query call"),
        ("SELECT COUNT(Id) a, SUM(AnnualRevenue) a FROM Account", "duplicate alias: a"),
        ("SELECT COUNT(Id) FROM Account HAVING COUNT(Id) > 1", "unexpected token"),
        ("SELECT NONSENSE(Id) FROM Account", "unexpected token: 'NONSENSE'"),
        ("SELECT COUNT(Id), (SELECT Id FROM Contacts) FROM Account", "Grouped query cannot use child relationships"),
        ("SELECT Id, (SELECT COUNT(Id) FROM Contacts) FROM Account", "Nested query cannot aggregate"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)", "can only query id fields"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)", "can only compare id fields"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id, AccountId FROM Contact)", "exactly one field"),
        ("SELECT Id FROM Account ALL MINE", "unexpected token: 'MINE'"),
        (r"SELECT Id FROM Account WHERE Name IN ('a', 'b', 'c\q')", "Column:51\nInvalid string literal 'c\\q'"),
        ("SELECT Id FROM Account WHERE Name IN ('a', 'b' 'c')", "unexpected token: ''c''"),
        ("SELECT Id FROM Account WHERE Name IN ('a', 'b', 'c)", "unexpected token: '''"),
    ],
)
def test_what_makes_no_sense_is_malformed(api: Api, soql: str, said: str) -> None:
    (error,) = api.query(soql).json()

    assert error["errorCode"] == "MALFORMED_QUERY"
    assert said in error["message"]


def test_too_many_groups_do_not_fit_one_answer(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": str(number)} for number in range(2001)])

    (error,) = api.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name").json()
    assert error["errorCode"] == "EXCEEDED_ID_LIMIT"
    assert len(groups(api, "SELECT Name, COUNT(Id) FROM Account GROUP BY Name LIMIT 2000")) == 2000


@pytest.mark.usefixtures("deals")
def test_children_come_with_their_parents(api: Api) -> None:
    soql = (
        "SELECT Name, (SELECT LastName, Account.Name FROM Contacts WHERE LastName != 'X' "
        "ORDER BY LastName DESC LIMIT 2), "
        "(SELECT Name FROM Opportunities) FROM Account ORDER BY Name"
    )
    acme, empty, globex = api.rows(soql)

    assert (acme["Contacts"]["totalSize"], acme["Contacts"]["done"]) == (2, True)
    assert [each["LastName"] for each in acme["Contacts"]["records"]] == ["Z", "Y"]
    assert acme["Contacts"]["records"][0]["attributes"]["type"] == "Contact"
    assert acme["Contacts"]["records"][0]["Account"]["Name"] == "Acme"
    assert [each["Name"] for each in acme["Opportunities"]["records"]] == ["a", "b"]
    assert (empty["Contacts"], empty["Opportunities"]) == (None, None)
    assert [each["LastName"] for each in globex["Contacts"]["records"]] == ["W"]


def test_children_of_every_page_come_along(api: Api, sandbox: Sandbox) -> None:
    accounts = sandbox.insert("Account", [{"Name": "A"}] * 2001)
    sandbox.insert("Contact", [{"LastName": each, "AccountId": each} for each in accounts])

    page = api.query("SELECT Id, (SELECT LastName FROM Contacts) FROM Account").json()
    rest = api.get(page["nextRecordsUrl"]).json()
    found = page["records"] + rest["records"]
    assert [each["Contacts"]["records"][0]["LastName"] for each in found] == accounts


def test_a_relationship_that_is_not_there_is_named(api: Api) -> None:
    (error,) = api.query("SELECT Id, (SELECT Id FROM Nopes) FROM Account").json()

    assert error["errorCode"] == "INVALID_TYPE"
    assert "Didn't understand relationship 'Nopes' in FROM part of query call" in error["message"]


@pytest.mark.usefixtures("deals")
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Id IN (SELECT AccountId FROM Contact)", ["Acme", "Globex"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'W')", ["Globex"]),
        ("Id NOT IN (SELECT AccountId FROM Opportunity)", ["Empty"]),
        ("Name != 'Acme' AND Id IN (SELECT AccountId FROM Opportunity WHERE Name = 'c') AND Phone = null", ["Globex"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE Account.Name LIKE 'G%')", ["Globex"]),
    ],
)
def test_semi_joins(api: Api, where: str, expected: list[str]) -> None:
    soql = f"SELECT Name FROM Account WHERE {where} ORDER BY Name"  # noqa: S608  constants
    assert [each["Name"] for each in api.rows(soql)] == expected


@pytest.mark.parametrize("name", ["Order", "order", "Group"])
def test_objects_may_be_called_like_a_clause(api: Api, name: str) -> None:
    soql = f"SELECT {name}.Id FROM {name} WHERE {name}.Id != null GROUP BY {name}.Id ORDER BY {name}.Id LIMIT 1"  # noqa: S608
    assert api.query(soql).status_code == 200


def test_a_parent_may_be_called_like_a_clause(api: Api, sandbox: Sandbox) -> None:
    (order,) = sandbox.insert("Order", [{"Name": "O"}])
    sandbox.insert("OrderItem", [{"OrderId": order}])

    (row,) = api.rows("SELECT Order.Name FROM OrderItem WHERE Order.Name = 'O' ORDER BY Order.Name LIMIT 1")
    assert row["Order"]["Name"] == "O"


@pytest.mark.parametrize(
    "end",
    ["FOR UPDATE", "FOR VIEW", "LIMIT 1 FOR REFERENCE", "WITH SECURITY_ENFORCED", "FOR VIEW ALL ROWS"],
)
def test_what_changes_nothing_is_read(api: Api, sandbox: Sandbox, end: str) -> None:
    sandbox.insert("Account", [{"Name": "A"}])

    assert len(api.rows(f"SELECT Id FROM Account {end}")) == 1  # noqa: S608  constants
    assert len(api.rows("SELECT Id FROM Account USING SCOPE Everything WHERE Name = 'A'")) == 1


def test_all_rows_includes_the_recycle_bin(api: Api, sandbox: Sandbox) -> None:
    (gone,) = sandbox.insert("Account", [{"Name": "A"}])
    api.call("DELETE", f"sobjects/Account/{gone}")

    assert api.rows("SELECT Id FROM Account") == []
    assert [each["Id"] for each in api.rows("SELECT Id FROM Account ALL ROWS")] == [gone]


def test_links_of_files_are_asked_for_by_what_they_link(api: Api) -> None:
    (error,) = api.query("SELECT Id FROM ContentDocumentLink").json()

    assert error["message"].startswith("Implementation restriction: ContentDocumentLink requires a filter")


DAY = date(2026, 8, 12)  # a Wednesday


@pytest.mark.parametrize(
    ("name", "count", "first", "after"),
    [
        ("TODAY", None, "2026-08-12", "2026-08-13"),
        ("YESTERDAY", None, "2026-08-11", "2026-08-12"),
        ("THIS_WEEK", None, "2026-08-09", "2026-08-16"),
        ("LAST_WEEK", None, "2026-08-02", "2026-08-09"),
        ("LAST_MONTH", None, "2026-07-01", "2026-08-01"),
        ("THIS_QUARTER", None, "2026-07-01", "2026-10-01"),
        ("NEXT_YEAR", None, "2027-01-01", "2028-01-01"),
        ("LAST_N_DAYS", 3, "2026-08-09", "2026-08-13"),
        ("NEXT_N_DAYS", 2, "2026-08-13", "2026-08-15"),
        ("N_DAYS_AGO", 2, "2026-08-10", "2026-08-11"),
        ("LAST_N_MONTHS", 2, "2026-06-01", "2026-08-01"),
        ("NEXT_N_YEARS", 1, "2027-01-01", "2028-01-01"),
        ("N_WEEKS_AGO", 1, "2026-08-02", "2026-08-09"),
    ],
)
def test_relative_dates_mean_whole_days(name: str, count: int | None, first: str, after: str) -> None:
    assert span(name, count, DAY) == (date.fromisoformat(first), date.fromisoformat(after))


def test_relative_dates_compare_with_the_days_that_they_mean(api: Api, sandbox: Sandbox) -> None:
    today = datetime.now(UTC)
    days = [("before", today - timedelta(days=40)), ("now", today), ("after", today + timedelta(days=2))]
    sandbox.insert("Account", [{"Name": n, "CreatedDate": f"{d:%Y-%m-%dT%H:%M:%S}.000+0000"} for n, d in days])
    sandbox.insert("Opportunity", [{"Name": n, "CloseDate": f"{d:%Y-%m-%d}"} for n, d in days])

    for name, field in (("Account", "CreatedDate"), ("Opportunity", "CloseDate")):
        for condition, expected in (
            ("= TODAY", ["now"]),
            ("!= TODAY", ["before", "after"]),
            ("< TODAY", ["before"]),
            ("<= TODAY", ["before", "now"]),
            ("> TODAY", ["after"]),
            (">= TODAY", ["now", "after"]),
            ("= LAST_N_DAYS:7", ["now"]),
            ("= NEXT_N_DAYS:7", ["after"]),
            ("IN (TODAY, NEXT_N_DAYS:7)", ["now", "after"]),
            ("NOT IN (TODAY)", ["before", "after"]),
        ):
            soql = f"SELECT Name FROM {name} WHERE {field} {condition}"  # noqa: S608  constants
            assert [each["Name"] for each in api.rows(soql)] == expected, (name, condition)


@pytest.mark.usefixtures("deals")
def test_the_columns_of_functions_and_children_are_described(api: Api) -> None:
    soql = "SELECT Name, Owner.Name, (SELECT Id FROM Contacts) FROM Account"
    found = api.get("query", params={"q": soql, "columns": "true"}).json()["columnMetadata"]

    below = [(each["aggregate"], [one["columnName"] for one in each["joinColumns"]]) for each in found]
    assert [each["columnName"] for each in found] == ["Name", "Owner", "Contacts"]
    assert below == [(False, []), (False, ["Name"]), (True, ["Id"])]
    counted = api.get("query", params={"q": "SELECT COUNT(Id) n FROM Account", "columns": "true"}).json()
    assert [(each["columnName"], each["aggregate"]) for each in counted["columnMetadata"]] == [("n", True)]


def test_the_grammar_stays_small() -> None:
    """A row of optional parts is written out in all its combinations: thousands of rules, and seconds to start."""
    assert len(_grammar().rules) < 150
