"""Small files that went wrong with other loaders, after public reports of their users, and what each must give.

The right values are those of Data Loader's and Bulk API 2.0's documents (`#N/A` clears, an empty cell leaves alone,
a dotted column is a relationship by external id) and of the reports themselves; every case goes through both APIs.
"""

from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.commands import run_command
from tests.support.orgs import password_config
from ziggy_sf_write.json_text import to_json

SEED = {"Ext__c": "A-1", "Name": "Werft", "Phone": "040", "AnnualRevenue": 1}
TREE = """{"records": [
  {"attributes": {"type": "Account", "referenceId": "WerftRef"}, "Ext__c": "A-1", "Name": "Werft", "Phone": "01742"},
  {"attributes": {"type": "Account", "referenceId": "HafenRef"}, "Ext__c": "A-2", "Name": "Hafen", "Phone": "02420"}
]}"""

# File, its bytes, what the org holds before, and for each key what it must hold then.
CASES: dict[str, tuple[str, bytes, list[dict[str, Any]], dict[str, dict[str, Any]]]] = {
    "#N/A clears a text": (
        "a.csv",
        b"Ext__c,Name,Phone,AnnualRevenue\nA-1,Werft,#N/A,5\n",
        [SEED],
        {"A-1": {"Phone": None, "AnnualRevenue": 5}},
    ),
    "#N/A clears a number": (
        "a.csv",
        b"Ext__c,Name,AnnualRevenue\nA-1,Werft,#N/A\n",
        [SEED],
        {"A-1": {"AnnualRevenue": None, "Phone": "040"}},
    ),
    "#N/A in quotes clears too, for a CSV file knows no other way to say it": (
        "a.csv",
        b'Ext__c,Name,Phone\nA-1,Werft,"#N/A"\n',
        [SEED],
        {"A-1": {"Phone": None}},
    ),
    "#N/A within a text is a text": (
        "a.csv",
        b"Ext__c,Name,Phone\nA-1,Werft #N/A,040\n",
        [SEED],
        {"A-1": {"Name": "Werft #N/A"}},
    ),
    "an empty cell leaves alone": ("a.csv", b"Ext__c,Name,Phone\nA-1,Werft,\n", [SEED], {"A-1": {"Phone": "040"}}),
    "#N/A in JSON is a text": ("a.jsonl", b'{"Ext__c": "A-1", "Name": "#N/A"}\n', [SEED], {"A-1": {"Name": "#N/A"}}),
    "semicolons": ("a.csv", b"Ext__c;Name;AnnualRevenue\nA-1;Werft;5\n", [], {"A-1": {"AnnualRevenue": 5}}),
    "Latin-1": ("a.csv", "Ext__c,Name\nA-1,Müller\n".encode("latin-1"), [], {"A-1": {"Name": "Müller"}}),
    "an exported tree": ("a.json", TREE.encode(), [], {"A-1": {"Phone": "01742"}, "A-2": {"Phone": "02420"}}),
    "a null Id beside a key": (
        "a.jsonl",
        b'{"Id": null, "Ext__c": "A-1", "Name": "x"}\n',
        [SEED],
        {"A-1": {"Name": "x"}},
    ),
}


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize(("name", "data", "seed", "right"), CASES.values(), ids=CASES)
def test_a_file_gives_what_its_author_meant(
    org: Sandbox, tmp_path: Path, api: str, name: str, data: bytes, seed: list[Any], right: dict[str, dict[str, Any]]
) -> None:
    (tmp_path / "connections.yaml").write_text(
        to_json({"sfDev": {"type": "salesforce", "development": password_config(org)}})
    )
    (tmp_path / name).write_bytes(data)
    org.insert("Account", seed)
    answer = run_command("write", "Account", name, "--match-key", "Ext__c", "--api", api, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    records = {one["Ext__c"]: one for one in org.records("Account")}
    assert records.keys() == right.keys()
    for key, fields in right.items():
        assert {field: records[key].get(field) for field in fields} == fields


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("name", ["a.csv", "b.csv", "c.csv", "d.csv", "a.jsonl"])
def test_a_dotted_column_names_the_parent_by_its_key(org: Sandbox, tmp_path: Path, api: str, name: str) -> None:
    (tmp_path / "connections.yaml").write_text(
        to_json({"sfDev": {"type": "salesforce", "development": password_config(org)}})
    )
    rows = {
        "a.csv": "Ext__c,LastName,Account.Ext__c\nC-1,Okafor,A-1\n",
        "b.csv": "Ext__c;LastName;account.ext__c\nC-1;Okafor;A-1\n",
        "c.csv": 'Ext__c,LastName,"Account.Ext__c"\nC-1,Okafor," A-1 "\n',
        "d.csv": "Ext__c,LastName,Account.ErpNumber__c\nC-1,Okafor,7.0\n",
        "a.jsonl": '{"Ext__c": "C-1", "LastName": "Okafor", "Account.Ext__c": "A-1"}\n',
    }
    (tmp_path / name).write_text(rows[name])
    (account,) = org.insert("Account", [{**SEED, "ErpNumber__c": 7}])
    answer = run_command("write", "Contact", name, "--match-key", "Ext__c", "--api", api, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [one["AccountId"] for one in org.records("Contact")] == [account]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Contact:Who.Email", "kim@example.com"),
        ("contact:who.email", "KIM@example.com"),
        ("Lead:Who.Email", "lee@example.com"),
        ("Contact:Who.Ext__c", "K-1"),
    ],
)
def test_a_column_names_the_object_of_a_relationship_that_leads_to_several(
    org: Sandbox, tmp_path: Path, column: str, value: str
) -> None:
    (tmp_path / "connections.yaml").write_text(
        to_json({"sfDev": {"type": "salesforce", "development": password_config(org)}})
    )
    (tmp_path / "a.csv").write_text(f"Subject,{column}\nCall,{value}\n")
    (contact,) = org.insert("Contact", [{"LastName": "Kim", "Email": "kim@example.com", "Ext__c": "K-1"}])
    (lead,) = org.insert("Lead", [{"LastName": "Lee", "Company": "x", "Email": "lee@example.com"}])
    answer = run_command("write", "Task", "a.csv", "--match-key", "Id", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [one["WhoId"] for one in org.records("Task")] == [lead if column.startswith("Lead") else contact]
