"""The red dot on the node: what is wrong before anyone presses Run."""

import re
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.host import FakeContext
from tests.support.orgs import context_for, password_config, write
from ziggy_sf_write.block.check import check_block
from ziggy_sf_write.contract import Connection, Severity
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.salesforce.org import ORGS

COMPLETE = {"connection": "sfDev", "object": "Account", "matchKey": "Id"}
NOWHERE = {"accessToken": "x", "instanceUrl": "https://127.0.0.1:9"}


def _host(*names: str) -> FakeContext:
    return FakeContext(connections={name: Connection(name=name, type="salesforce", config=NOWHERE) for name in names})


@pytest.mark.parametrize(
    ("names", "cure"),
    [(("sfTest", "sfProd"), "Known are sfProd, sfTest."), ((), "There is none yet: add one under Connections.")],
)
def test_a_connection_that_is_gone_is_named_with_what_there_is(names: tuple[str, ...], cure: str) -> None:
    (problem,) = check_block(COMPLETE, _host(*names))
    assert problem.path == "/connection"
    assert problem.message == f"There is no Salesforce connection `sfDev`. {cure}"


def test_a_connection_that_is_not_chosen_yet_is_one_problem_not_two() -> None:
    (problem,) = check_block({**COMPLETE, "connection": ""}, _host("sfDev"))
    assert "`connection` is missing" in problem.message


def test_an_org_that_cannot_be_asked_is_a_warning() -> None:
    (problem,) = check_block(COMPLETE, _host("sfDev"))
    assert (problem.path, problem.severity) == ("/connection", Severity.WARNING)
    assert "could not be checked" in problem.message


def test_a_connection_without_its_values_is_named_with_what_it_lacks() -> None:
    context = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce")})
    (problem,) = check_block(COMPLETE, context)
    assert (problem.path, problem.severity) == ("/connection", Severity.ERROR)
    assert "Connection `sfDev`: `" in problem.message
    assert "is missing: a login by" in problem.message


class TestWhatTheOrgSays:
    def test_a_complete_configuration_has_no_problem(self, org: Sandbox) -> None:
        assert check_block({**COMPLETE, "properties": ["Name", "Phone", "Owner"]}, context_for(org)) == []

    @pytest.mark.parametrize(
        ("config", "path", "sentence"),
        [
            ({"object": "Acount"}, "/object", "`Acount` does not exist in this org"),
            ({"object": "RecordType"}, "/object", "cannot be created or updated by the connected user"),
            ({"matchKey": "Ext_c"}, "/matchKey", "not a field of Account, or not visible to the connected user; did"),
            ({"matchKey": "Description"}, "/matchKey", "cannot search `Description`"),
            ({"properties": ["Nme"]}, "/properties", "`Nme` is not a field of Account, .*did you mean `Name`"),
            ({"properties": ["account name"]}, "/properties", "`account name` is not .*did you mean `Name`"),
            ({"properties": ["CreatedDate"]}, "/properties", "`CreatedDate` cannot be created or updated"),
            (
                {"object": "Opportunity", "upsert": False, "properties": ["CreatedDate"]},
                "/properties",
                "`CreatedDate` cannot be updated",
            ),
            ({"advanced": {"assignmentRuleId": "01Q000000000001AAA"}}, "/advanced/assignmentRuleId", "Clear the set"),
            ({"advanced": {"api": "bulk", "allOrNone": True}}, "/advanced/api", "no all-or-none"),
        ],
        ids=[
            "object",
            "no-permission",
            "key",
            "unsearchable",
            "property",
            "label",
            "read-only",
            "not-updateable",
            "assignment",
            "bulk",
        ],
    )
    def test_what_can_never_be_written_is_an_error_at_its_setting(
        self, org: Sandbox, config: dict[str, Any], path: str, sentence: str
    ) -> None:
        (problem,) = check_block({**COMPLETE, **config}, context_for(org))
        assert (problem.path, problem.severity) == (path, Severity.ERROR)
        assert re.search(sentence, problem.message)

    def test_a_refused_login_is_an_error(self, org: Sandbox) -> None:
        values = {**password_config(org), "password": "wrong"}
        context = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce", config=values)})
        (problem,) = check_block(COMPLETE, context)
        assert (problem.path, problem.severity) == ("/connection", Severity.ERROR)
        assert "Salesforce refused the username and password login" in problem.message

    def test_a_key_that_is_not_unique_is_a_warning(self, org: Sandbox) -> None:
        (problem,) = check_block({**COMPLETE, "matchKey": "Name"}, context_for(org))
        assert (problem.path, problem.severity) == ("/matchKey", Severity.WARNING)
        assert "`Name` is not unique in Account" in problem.message

    def test_it_costs_no_call_once_the_object_is_known(self, org: Sandbox) -> None:
        context = context_for(org)
        check_block(COMPLETE, context)
        before = sum(org.stats().calls.values())
        check_block({**COMPLETE, "properties": ["Name"]}, context)
        assert sum(org.stats().calls.values()) == before

    def test_a_run_refuses_what_the_check_does(self, org: Sandbox) -> None:
        with pytest.raises(ConfigError, match="cannot search `Description`"):
            write(org, [{"Name": "x"}], {"matchKey": "Description"})


def test_a_platform_event_is_refused_by_name_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "event.yaml").write_text(
        "name: Low_Ink__e\nlabel: Low Ink\nprefix: e01\nfields: {Model__c: {type: string}}\n"
    )
    with Sandbox(SandboxOptions(objects=(tmp_path,))) as org:
        config = {"object": "low_ink__E", "matchKey": "ReplayId"}
        with pytest.raises(
            ConfigError, match="Low_Ink__e is a platform event: it can be published, but neither matched"
        ):
            write(org, [{"Model__c": "x"}], config)
        assert org.stats().write_calls == 0
    ORGS.clear()
