"""Keys that cannot be written, such as a number that the org gives: they find records and never make one.

That an upsert by an auto-number fails where there is no record is Salesforce's word (HELP 000004514).
"""

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write

APIS = pytest.mark.parametrize("api", ["collections", "bulk"])
VALIDATING = pytest.mark.parametrize("is_validating", [True, False], ids=["validated", "as it is"])


@APIS
@VALIDATING
@pytest.mark.parametrize(("name", "key", "text"), [("Case", "CaseNumber", "Subject"), ("Invoice__c", "Name", "Ext__c")])
def test_a_number_of_the_org_finds_its_record_and_makes_none(
    org: Sandbox,
    api: str,
    is_validating: bool,  # noqa: FBT001 (a case)
    name: str,
    key: str,
    text: str,
) -> None:
    required = {"Account__c": org.insert("Account", [{"Name": "x"}])[0], "IssuedOn__c": "2026-03-01"}
    write(org, [{text: "old", **(required if name == "Invoice__c" else {})}], {"object": name, "matchKey": "Id"})
    (known,) = [one[key] for one in org.records(name)]
    items = [{key: known, text: "new"}, {key: "99999999", text: "none"}]
    config = {"object": name, "matchKey": key, "validate": is_validating, "advanced": {"api": api}}
    preview = write(org, items, {**config, "advanced": {"dryRun": True}})
    assert outcomes(preview) == {"wouldUpdate": 1, "failed": 1}
    for _ in range(2):
        assert outcomes(write(org, items, config)) == {"written": 1, "failed": 1}
    assert [(one[key], one[text]) for one in org.records(name)] == [(known, "new")]


def test_a_number_that_no_record_has_says_why_none_is_made(org: Sandbox) -> None:
    config = {"object": "Case", "matchKey": "CaseNumber", "advanced": {"dryRun": True}}
    report = write(org, [{"CaseNumber": "7", "Subject": "x"}], config).report
    assert report is not None
    ((error,),) = (line["errors"] for line in report["notWritten"])
    assert error["code"] == "not_found"
    assert error["message"] == (
        "No record of Case has `CaseNumber` '7'. "
        "No record can be made with it, for this field cannot be written: correct the key."
    )


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_searched_key_that_cannot_be_written_makes_no_record(org: Sandbox, is_dry_run: bool) -> None:  # noqa: FBT001 (a case)
    """A date that the org sets is no key of Salesforce's own upsert: it is looked up."""
    config = {"object": "Case", "matchKey": "ClosedDate", "validate": True, "advanced": {"dryRun": is_dry_run}}
    result = write(org, [{"ClosedDate": "2026-11-23T10:00:00Z", "Subject": "x"}], config)
    assert outcomes(result) == {"failed": 1}
    assert org.records("Case") == []
