"""The conformance kit: green against the sandbox, and harmless wherever it runs."""

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.cli import sandbox as command
from salesforce_sandbox.conformance.client import MARK, Client, NotAllowed, NotOurs, Unreachable
from salesforce_sandbox.conformance.probes import PROBES
from salesforce_sandbox.conformance.run import Finding, ask, ask_the_sandbox, report, table
from salesforce_sandbox.pytest_plugin import StartSandbox

OBJECTS = ("Account", "Contact", "Task", "Opportunity")


def client_of(org: Sandbox) -> Client:
    context = ssl.create_default_context(cafile=str(org.ca_file))
    return Client(url=org.url, token=org.access_token(), context=context)


def become(org: Sandbox, **facts: Any) -> None:
    """Makes the org another kind of org."""
    sobject = org.org.object("Organization")
    org.org.store.update(sobject, org.records("Organization")[0]["Id"], facts)


def test_the_sandbox_does_what_it_is_said_to_do() -> None:
    answers = ask_the_sandbox()

    assert {each.name: answers[each.name] for each in PROBES} == {each.name: each.expected for each in PROBES}
    assert len({each.name for each in PROBES}) == len(PROBES) >= 35


@pytest.mark.slow
def test_an_org_is_left_as_it_was(sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": f"{MARK}-of-somebody-else"}])
    sandbox.insert("Contact", [{"LastName": "Theirs", "AccountId": account, "Email": "a@example.com"}])
    before = {name: sandbox.records(name) for name in OBJECTS}

    about, answers, left = ask(client_of(sandbox))

    assert {name: sandbox.records(name) for name in OBJECTS} == before
    assert (left, about["isSandbox"]) == ([], True)
    assert sandbox.stats().rows_created == sandbox.stats().rows_deleted > 15
    assert answers == ask_the_sandbox()


@pytest.mark.parametrize("at", [3, 7, 15])
def test_what_was_made_when_an_answer_was_lost_is_found_and_deleted(sandbox: Sandbox, at: int) -> None:
    sandbox.inject("answer_lost_after_commit", at=(at,), kinds=("row_create",))

    with pytest.raises(Unreachable):
        ask(client_of(sandbox))

    assert sandbox.records("Account") == sandbox.records("Contact") == []


def test_nothing_is_written_to_a_production_org(sandbox: Sandbox) -> None:
    become(sandbox, IsSandbox=False, OrganizationType="Enterprise Edition")

    with pytest.raises(NotAllowed, match="is no sandbox, and its edition is Enterprise Edition"):
        ask(client_of(sandbox))

    assert set(sandbox.stats().calls) == {"versions", "query"}


@pytest.mark.parametrize(
    "facts",
    [
        {"IsSandbox": False, "OrganizationType": "Developer Edition"},
        {"IsSandbox": True, "OrganizationType": "Unlimited Edition"},
    ],
)
def test_orgs_to_try_things_in_are_admitted(sandbox: Sandbox, facts: dict[str, Any]) -> None:
    become(sandbox, **facts)

    assert client_of(sandbox).admit()["organizationType"] == facts["OrganizationType"]


THEIRS = "001Zg0000000001AAA"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"sobjects/Account/{THEIRS}", {"Name": "x"}),
        ("DELETE", f"sobjects/Account/{THEIRS[:15]}", None),
        ("DELETE", f"/services/data/v60.0/sobjects/Account/{THEIRS}/", None),
        ("DELETE", f"composite/sobjects?allOrNone=false&ids={THEIRS}", None),
        ("PATCH", "composite/sobjects", {"records": [{"attributes": {"type": "Account"}, "id": THEIRS}]}),
        ("PATCH", "sobjects/Contact/Email/somebody@example.com", {"LastName": "x"}),
        ("DELETE", "sobjects/Contact/Email/somebody@example.com", None),
        ("PATCH", "composite/sobjects/Contact/Email", {"records": [{"Email": "somebody@example.com"}]}),
    ],
)
def test_a_record_of_somebody_else_is_out_of_reach(sandbox: Sandbox, method: str, path: str, body: Any) -> None:
    with pytest.raises(NotOurs):
        client_of(sandbox).call(method, path, body)

    assert sandbox.stats().calls == {}


STRICT = """
name: Contact
prefix: "003"
fields:
  LastName: {type: string, length: 80, required: true}
  AccountId: {type: reference, to: Account}
  Email: {type: email, id_lookup: true}
  House__c: {type: string, length: 5, required: true}
"""


def test_an_org_that_refuses_a_question_is_asked_the_others(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    (tmp_path / "contact.yaml").write_text(STRICT)
    org = start_sandbox(SandboxOptions(objects=(tmp_path,)))

    _, answers, left = ask(client_of(org))

    assert answers["boolean-null"] == "400 INVALID_FIELD"
    assert answers["null-parent"] == "could not be asked here"
    assert answers["deleted-twice"] == "404 ENTITY_IS_DELETED"
    assert (left, org.records("Account")) == ([], [])


def test_a_table_marks_where_an_org_differs() -> None:
    findings = [
        Finding(probe=PROBES[0], sandbox=PROBES[0].expected, org="201"),
        Finding(probe=PROBES[1], sandbox=PROBES[1].expected, org=PROBES[1].expected),
        Finding(probe=PROBES[2], sandbox="something else", org=None),
    ]

    marks = [line[0] for line in table(findings) if not line.startswith(" ")]
    assert marks == ["≠", "=", "✗"]
    assert [each.is_green for each in findings] == [True, True, False]


def test_the_report_names_no_org(sandbox: Sandbox) -> None:
    about, answers, _ = ask(client_of(sandbox))
    findings = [Finding(probe=each, sandbox=each.expected, org=answers[each.name]) for each in PROBES]

    text = json.dumps(report(about, findings))
    assert "127.0.0.1" not in text
    assert MARK not in text
    assert not [each["Id"] for each in sandbox.records("Organization") if each["Id"][:15] in text]


def test_the_command_asks_both_and_writes_a_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.ca_file))
    monkeypatch.setenv("SF_ACCESS_TOKEN", sandbox.access_token())
    out = tmp_path / "findings.json"

    said = CliRunner().invoke(command, ["conformance", "--org", sandbox.url, "--out", str(out)])

    assert said.exit_code == 0, said.output
    assert "this org: " in said.output
    found = json.loads(out.read_text("utf-8"))
    assert len(found["findings"]) == len(PROBES)
    assert all(each["org"] == each["sandbox"] for each in found["findings"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--org", "https://127.0.0.1:9"], "SF_ACCESS_TOKEN"), (["--org", "mine"], "Salesforce CLI")],
)
def test_the_command_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str) -> None:
    monkeypatch.delenv("SF_ACCESS_TOKEN", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    result = CliRunner().invoke(command, ["conformance", *arguments])

    assert result.exit_code == 2
    assert said in result.output
