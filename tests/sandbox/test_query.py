"""SOQL look-ups."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.soql.evaluate import holds
from salesforce_sandbox.soql.parse import parse_condition, parse_query
from tests.sandbox.client import Api


@pytest.fixture
def people(sandbox: Sandbox) -> Sandbox:
    """Two accounts and four contacts."""
    acme, globex = sandbox.insert("Account", [{"Name": "Acme", "Ext__c": "A-1"}, {"Name": "Globex"}])
    sandbox.insert(
        "Contact",
        [
            {
                "LastName": "Ng",
                "FirstName": "Ann",
                "Email": "ann@example.com",
                "AccountId": acme,
                "Birthdate": "1990-05-01",
            },
            {"LastName": "O'Hara", "AccountId": globex, "Birthdate": "1980-01-31", "DoNotCall": True},
            {"LastName": "Smith_1", "Languages__c": "English;German"},
            {"LastName": "100%", "Languages__c": "French"},
        ],
    )
    return sandbox


def names(api: Api, where: str) -> list[str]:
    """Last names of the contacts that meet the condition."""
    return [each["LastName"] for each in api.rows(f"SELECT LastName FROM Contact WHERE {where}")]  # noqa: S608


CONDITIONS: list[tuple[str, list[str]]] = [
    ("LastName = 'NG'", ["Ng"]),
    ("LastName != 'Ng'", ["O'Hara", "Smith_1", "100%"]),
    (r"LastName = 'O\'Hara'", ["O'Hara"]),
    ("LastName IN ('ng', '100%')", ["Ng", "100%"]),
    ("LastName NOT IN ('ng', '100%')", ["O'Hara", "Smith_1"]),
    (r"LastName IN ('o\'hara' , 'a, \'b\'', 'ng',null,'x','100%')", ["Ng", "O'Hara", "100%"]),
    ("LastName LIKE 'o%'", ["O'Hara"]),
    (r"LastName LIKE '%\%'", ["100%"]),
    (r"LastName LIKE 'smith\_1'", ["Smith_1"]),
    ("Email = null", ["O'Hara", "Smith_1", "100%"]),
    ("Email <> NULL", ["Ng"]),
    ("Email NOT IN ('ann@example.com')", ["O'Hara", "Smith_1", "100%"]),
    ("NOT LastName LIKE 'o%'", ["Ng", "Smith_1", "100%"]),
    ("(LastName = 'Ng' OR LastName = '100%') AND Email = 'ANN@EXAMPLE.COM'", ["Ng"]),
    ("Birthdate < 1985-01-01", ["O'Hara"]),
    ("Birthdate >= 1980-01-31 AND Birthdate <= 1990-05-01", ["Ng", "O'Hara"]),
    ("CreatedDate > 2020-01-31T10:00:00Z AND DoNotCall = TRUE", ["O'Hara"]),
    ("CreatedDate >= TODAY AND DoNotCall = false AND Email != null", ["Ng"]),
    ("Account.Name = 'acme'", ["Ng"]),
    ("Account.Owner.Name = 'Sandbox Admin' AND Account.Ext__c = null", ["O'Hara"]),
    ("Languages__c INCLUDES ('English;German', 'French')", ["Smith_1", "100%"]),
    ("Languages__c EXCLUDES ('French') AND Languages__c != null", ["Smith_1"]),
]


@pytest.mark.parametrize(("where", "expected"), CONDITIONS, ids=[each[0] for each in CONDITIONS])
@pytest.mark.usefixtures("people")
def test_condition_finds(api: Api, where: str, expected: list[str]) -> None:
    assert names(api, where) == expected


@pytest.mark.usefixtures("people")
def test_parents_come_nested_and_missing_ones_as_null(api: Api) -> None:
    rows = api.rows("SELECT LastName, Account.Name, Account.Owner.Username FROM Contact ORDER BY LastName DESC LIMIT 2")

    assert rows[0] == {"LastName": "Smith_1", "Account": None}
    assert rows[1]["Account"]["Name"] == "Globex"
    assert rows[1]["Account"]["attributes"]["type"] == "Account"
    assert rows[1]["Account"]["Owner"]["attributes"]["type"] == "User"


def test_polymorphic_parent_is_whichever_it_is(api: Api, sandbox: Sandbox) -> None:
    (lead,) = sandbox.insert("Lead", [{"LastName": "L", "Company": "C"}])
    (contact,) = sandbox.insert("Contact", [{"LastName": "K"}])
    sandbox.insert("Task", [{"WhoId": lead}, {"WhoId": contact}])

    rows = api.rows("SELECT Who.Name FROM Task")

    assert [each["Who"]["Name"] for each in rows] == ["L", "K"]
    assert [each["Who"]["attributes"]["type"] for each in rows] == ["Lead", "Contact"]


@pytest.mark.usefixtures("people")
def test_count_answers_a_total_without_records(api: Api) -> None:
    answer = api.query("SELECT COUNT() FROM Contact WHERE Email = null")

    assert answer.json() == {"totalSize": 3, "done": True, "records": []}


def test_a_case_sensitive_key_is_compared_exactly(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Project__c", [{"Name": "P", "StrictKey__c": "a"}, {"Name": "Q", "StrictKey__c": "A"}])

    assert api.rows("SELECT Name FROM Project__c WHERE StrictKey__c = 'A'") == [{"Name": "Q"}]


def test_long_results_come_in_pages(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": f"N{number:04}"} for number in range(4500)])

    page: dict[str, Any] = api.query("SELECT Name FROM Account ORDER BY Name").json()
    pages = [page]
    while not page["done"]:
        page = api.get(page["nextRecordsUrl"]).json()
        pages.append(page)

    assert [len(each["records"]) for each in pages] == [2000, 2000, 500]
    assert {each["totalSize"] for each in pages} == {4500}
    assert [each["Name"] for part in pages for each in part["records"]] == [f"N{number:04}" for number in range(4500)]


def test_the_page_size_can_be_asked_for(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A"}] * 300)

    answer = api.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"}).json()

    assert (len(answer["records"]), answer["totalSize"]) == (200, 300)


def test_limit_and_offset_cut_the_result(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": name} for name in "abcde"])

    assert api.rows("SELECT Name FROM Account ORDER BY Name LIMIT 2 OFFSET 1") == [{"Name": "b"}, {"Name": "c"}]


def test_query_all_includes_the_recycle_bin(api: Api, sandbox: Sandbox) -> None:
    (gone,) = sandbox.insert("Account", [{"Name": "A"}])
    api.call("DELETE", f"sobjects/Account/{gone}")

    assert api.rows("SELECT Id FROM Account") == []
    assert api.get("queryAll", params={"q": "SELECT IsDeleted FROM Account"}).json()["records"][0]["IsDeleted"] is True


SELECT = "SELECT Id FROM Account"
REFUSED: list[tuple[str, str, str]] = [
    (
        "select count() from XYZZY",
        "INVALID_TYPE",
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not",
    ),
    (
        "SELECT Nope FROM Account",
        "INVALID_FIELD",
        "\nSELECT Nope FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nope' on entity 'Account'.",
    ),
    (
        "SELECT FROM Account",
        "MALFORMED_QUERY",
        "\nSELECT FROM Account\n       ^\nERROR at Row:1:Column:8\nunexpected token: 'FROM'",
    ),
    (f"{SELECT} WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    (f"{SELECT} WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", f"\n{SELECT}"),
    (f"{SELECT} WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", f"\n{SELECT} WHERE Id = 'abc'\n"),
    (f"{SELECT} WHERE Name = 1", "INVALID_FIELD", f"\n{SELECT}"),
    (f"{SELECT} WHERE AnnualRevenue = '1'", "INVALID_FIELD", f"\n{SELECT}"),
    (f"{SELECT} WHERE Description = 'x'", "INVALID_FIELD", f"\n{SELECT}"),
    (rf"{SELECT} WHERE Name = 'a\q'", "MALFORMED_QUERY", f"\n{SELECT}"),
    (f"{SELECT} WHERE Name = '{'x' * 4001}'", "MALFORMED_QUERY", "string literals"),
    ("SELECT Id FROM Contact WHERE Nope.Name = 'x'", "INVALID_FIELD", "\nSELECT Id"),
    ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "The SOQL FIELDS function"),
    ("SELECT Id, Id FROM Account", "MALFORMED_QUERY", "duplicate field selected: Id"),
    (f"{SELECT} OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset"),
]


@pytest.mark.parametrize(("soql", "code", "start"), REFUSED, ids=[each[0][:60] for each in REFUSED])
def test_bad_query_is_refused(api: Api, soql: str, code: str, start: str) -> None:
    answer = api.query(soql)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert answer.json()[0]["message"].startswith(start)


def test_an_unknown_locator_is_refused(api: Api) -> None:
    answer = api.get("query/01gZg0000000000AAA-2000")

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_uri_beyond_16_kb_is_refused_with_414(api: Api) -> None:
    ids = ",".join(["'001000000000000AAA'"] * 900)

    assert api.query(f"{SELECT} WHERE Id IN ({ids})").status_code == 414


def test_fields_all_selects_every_field(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A", "BillingCity": "Bonn"}])

    (row,) = api.rows("SELECT FIELDS(ALL) FROM Account LIMIT 200")

    assert row["BillingAddress"]["city"] == "Bonn"
    assert row["IsDeleted"] is False


def test_columns_are_described_for_the_command_line_client(api: Api) -> None:
    answer = api.get("query", params={"q": "SELECT Id, Owner.Name FROM Account", "columns": "true"})

    assert [each["columnName"] for each in answer.json()["columnMetadata"]] == ["Id", "Owner"]
    assert [each["columnName"] for each in answer.json()["columnMetadata"][1]["joinColumns"]] == ["Name"]


SIMPLE = [
    each
    for each, _ in CONDITIONS
    if "." not in each.replace("EXAMPLE.COM", "").replace("example.com", "") and "TODAY" not in each
]


@pytest.mark.parametrize("where", SIMPLE)
def test_a_validation_rule_means_what_a_query_means(people: Sandbox, api: Api, where: str) -> None:
    contact = people.org.object("Contact")
    condition = parse_condition(where)

    by_rule = [each["LastName"] for each in people.records("Contact") if holds(condition, contact, each)]

    assert by_rule == names(api, where)


def test_a_rule_that_names_no_field_is_a_mistake(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"Account: a rule names Owner\.Name, which is no field of the object"):
        holds(parse_condition("Owner.Name = 'x'"), sandbox.org.object("Account"), {})


MORE_REFUSED = [
    f"{SELECT} WHERE CreatedDate > LAST_FORTNIGHT",
    f"{SELECT} WHERE CreatedDate > 2026-02-30",
    f"{SELECT} WHERE Name = 'open",
    f"{SELECT} WHERE Name # 'x'",
    f"{SELECT} LIMIT x",
    f"{SELECT} {' ' * 100_000}",
    "",
]


@pytest.mark.parametrize("soql", MORE_REFUSED, ids=[each[-30:].strip() for each in MORE_REFUSED])
def test_what_is_no_soql_is_malformed(sandbox: Sandbox, soql: str) -> None:
    """Straight to the parser: one of them is longer than a URI may be."""
    with pytest.raises(RequestRefused, match="400 MALFORMED_QUERY"):
        parse_query(soql)


def test_a_query_without_its_text_is_malformed(api: Api) -> None:
    assert api.get("query").json()[0]["errorCode"] == "MALFORMED_QUERY"


def test_escapes_in_a_literal(sandbox: Sandbox, api: Api) -> None:
    sandbox.insert("Project__c", [{"Name": "P", "Summary__c": "a\tb\nc\u00e4 \\ 'd' \"e\""}])
    literal = r"'a\tb\nc\u00E4 \\ \'d\' \"e\"'"

    assert api.rows(f"SELECT Name FROM Project__c WHERE Summary__c = {literal}") == [{"Name": "P"}]  # noqa: S608  a constant


@pytest.mark.parametrize("count", [3, 2500])
def test_a_count_stops_at_the_limit(sandbox: Sandbox, api: Api, count: int) -> None:
    sandbox.insert("Account", [{"Name": "A"}] * count)

    assert api.query("SELECT COUNT() FROM Account LIMIT 2").json()["totalSize"] == 2
    assert api.query("SELECT Id FROM Account LIMIT 2400").json()["totalSize"] == min(count, 2400)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("Phone", [None, "1", "2"]),
        ("Phone DESC", [None, "2", "1"]),
        ("Phone ASC NULLS LAST", ["1", "2", None]),
        ("Phone DESC NULLS LAST", ["2", "1", None]),
    ],
)
def test_nulls_are_ordered_as_asked(sandbox: Sandbox, api: Api, order: str, expected: list[str | None]) -> None:
    sandbox.insert("Account", [{"Name": "A", "Phone": "2"}, {"Name": "B"}, {"Name": "C", "Phone": "1"}])

    assert [each["Phone"] for each in api.rows(f"SELECT Phone FROM Account ORDER BY {order}")] == expected  # noqa: S608  constants


def test_a_parent_of_a_polymorphic_parent_belongs_to_the_right_one(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "Acme"}])
    (lead,) = sandbox.insert("Lead", [{"LastName": "L", "Company": "C"}])
    (contact,) = sandbox.insert("Contact", [{"LastName": "K", "AccountId": account}])
    sandbox.insert("Task", [{"WhoId": lead}, {"WhoId": contact}])

    rows = api.rows("SELECT Who.Owner.Name, Who.Account.Name FROM Task")

    assert [each["Who"]["Owner"]["Name"] for each in rows] == ["Sandbox Admin"] * 2
    assert [each["Who"]["Account"] and each["Who"]["Account"]["Name"] for each in rows] == [None, "Acme"]


@pytest.mark.parametrize("condition", [f"AnnualRevenue < 1{'0' * 30}", f"NumberOfEmployees != {2**64}"])
def test_numbers_beyond_64_bits_can_be_compared_with(api: Api, sandbox: Sandbox, condition: str) -> None:
    sandbox.insert("Account", [{"Name": "A", "AnnualRevenue": 1}])

    assert len(api.rows(f"SELECT Id FROM Account WHERE {condition} LIMIT {10**30}")) == 1  # noqa: S608  constants


@pytest.mark.parametrize(
    "rest",
    [
        "LIMIT -1",
        "LIMIT 1.5",
        "LIMIT 1 OFFSET -1",
        "WHERE LastName LIKE null",
        "WHERE CreatedDate > 2026-01-31T10:00:00+99:99",
        "WHERE CreatedDate = LAST_N_DAYS:1.5",
        "WHERE CreatedDate = LAST_N_DAYS:99999999999",
        f"WHERE {'NOT ' * 2000}LastName = 'a'",
    ],
)
def test_what_has_no_meaning_is_a_malformed_query(api: Api, rest: str) -> None:
    answer = api.query(f"SELECT Id FROM Contact {rest}")  # noqa: S608

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_numbers_of_any_length_are_compared(api: Api, people: Sandbox) -> None:
    nines = "9" * 5000

    assert api.rows(f"SELECT Id FROM Account WHERE AnnualRevenue = {nines} LIMIT {nines}") == []  # noqa: S608


def test_wildcards_are_letters_in_the_values_of_a_multipicklist(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": "A", "Languages__c": "a_c;100%"}, {"LastName": "B", "Languages__c": "abc"}])

    assert names(api, "Languages__c INCLUDES ('A_c')") == ["A"]
    assert names(api, "Languages__c INCLUDES ('100%')") == ["A"]
    assert names(api, "Languages__c INCLUDES ('a%')") == []
    assert names(api, "Languages__c EXCLUDES ('a_c')") == ["B"]
