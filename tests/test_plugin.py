"""The plugin as a host meets it: its hooks, its manifest, its descriptor, its weight."""

import inspect
import json
import re
import subprocess
import sys
from importlib.metadata import entry_points, requires

import pluggy
import pytest
from jsonschema import Draft202012Validator

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext
from tests.support.orgs import client_credentials_config, context_for, password_config, write
from ziggy_sf_write import __version__, hookspecs, plugin
from ziggy_sf_write.block import descriptor
from ziggy_sf_write.contract import BlockDescriptor, Edge, ExecutionContext, FormContext, JsonValue
from ziggy_sf_write.resources import load_schema

HEAVY = ("simple_salesforce", "requests", "zeep", "starlette", "sqlalchemy", "jsonschema", "yaml")
HOOKS = [name for name in vars(hookspecs) if name.startswith("ziggy_")]


def _block(plugins: pluggy.PluginManager) -> BlockDescriptor:
    ((block,),) = plugins.hook.ziggy_blocks()
    assert isinstance(block, BlockDescriptor)
    return block


def test_ziggy_blocks_brings_the_block_with_one_input_and_two_named_outputs(plugins: pluggy.PluginManager) -> None:
    block = _block(plugins)
    assert (block.type, block.name) == ("SALESFORCE_WRITE_V1", "SalesForce Write")
    assert len(block.input_labels) == 1
    assert block.output_labels == ("Written", "Not written")
    assert block.help.startswith("# Salesforce Write")
    assert block.icon.startswith("<svg")


def test_ziggy_connection_types_brings_salesforce(plugins: pluggy.PluginManager) -> None:
    ((connection_type,),) = plugins.hook.ziggy_connection_types()
    assert connection_type.type == "salesforce"
    assert "consumerKey" in connection_type.config_schema["properties"]


def test_the_descriptor_is_json_and_its_default_config_lacks_only_what_a_person_must_choose(
    plugins: pluggy.PluginManager,
) -> None:
    block = json.loads(json.dumps(_block(plugins).to_json()))
    errors = Draft202012Validator(block["configSchema"]).iter_errors(block["defaultConfig"])
    missing = {message.split("'")[1] for message in (error.message for error in errors)}
    assert missing == {"connection", "object", "matchKey"}
    assert block["numOutputs"] == 2


def test_the_manifest_is_valid_and_agrees_with_descriptor_and_entry_point(plugins: pluggy.PluginManager) -> None:
    manifest = descriptor.load_manifest()
    Draft202012Validator(load_schema("plugin.schema.json")).validate(manifest)
    (told,), block = manifest["blocks"], _block(plugins).to_json()
    assert {name: told[name] for name in ("type", "name", "version", "group", "info", "numInputs", "numOutputs")} == {
        name: block[name] for name in ("type", "name", "version", "group", "info", "numInputs", "numOutputs")
    }
    assert load_schema(told["configSchema"].removeprefix("schemas/")) == block["configSchema"]
    assert load_schema(told["uiSchema"].removeprefix("schemas/")) == block["uiSchema"]
    assert manifest["version"] == __version__
    (entry,) = entry_points(group="ziggy", name="salesforce-write")
    assert entry.value == manifest["entryPoint"] == plugin.__name__


def test_the_manifest_names_the_dependencies_of_the_distribution() -> None:
    needed = {
        re.split(r"[^A-Za-z0-9-]", line)[0].lower()
        for line in requires("ziggy-sf-write") or ()
        if "extra ==" not in line
    }
    assert needed == {name.lower() for name in descriptor.load_manifest()["dependencies"]}


def test_the_plugin_module_and_the_descriptor_name_the_same_types() -> None:
    assert plugin._BLOCK_TYPE == descriptor.BLOCK_TYPE
    assert plugin._CONNECTION_TYPE == descriptor.CONNECTION_TYPE


def test_ziggy_choices_answers_for_this_block_only(plugins: pluggy.PluginManager, org: Sandbox) -> None:
    context = context_for(org)
    choices = plugins.hook.ziggy_choices(
        block_type="SALESFORCE_WRITE_V1", field="connection", config={}, context=context
    )
    assert [choice.value for choice in choices] == ["sfDev"]
    assert plugins.hook.ziggy_choices(block_type="OTHER_V1", field="connection", config={}, context=context) is None


def test_ziggy_check_lists_every_problem_of_this_block_only(plugins: pluggy.PluginManager) -> None:
    context = FakeContext()
    config = {"connection": "gone", "object": "Account", "matchkey": "Id"}
    problems = plugins.hook.ziggy_check(block_type="SALESFORCE_WRITE_V1", config=config, context=context)
    assert {problem.path for problem in problems} == {"/matchkey", "/matchKey", "/connection"}
    assert plugins.hook.ziggy_check(block_type="OTHER_V1", config=config, context=context) is None


def test_ziggy_execute_writes_for_this_block_only(plugins: pluggy.PluginManager, org: Sandbox) -> None:
    context = context_for(org)
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Id"}
    edges = [Edge(index=0, items=[{"Name": "Acme"}])]
    result = plugins.hook.ziggy_execute(block_type="SALESFORCE_WRITE_V1", config=config, edges=edges, context=context)
    assert [record["Name"] for record in org.records("Account")] == ["Acme"]
    assert result.outputs[0][0]["Id"] == org.records("Account")[0]["Id"]
    other = plugins.hook.ziggy_execute(block_type="OTHER_V1", config=config, edges=edges, context=context)
    assert other is None


def test_ziggy_add_reports_makes_one_report_of_a_loops_batches(plugins: pluggy.PluginManager, org: Sandbox) -> None:
    def report(*items: JsonValue) -> JsonValue:
        result = write(org, items, {"matchKey": "Ext__c"})
        return result.report

    reports = [report({"Ext__c": "a", "Name": "a"}, {"Ext__c": "b"}), report("text", {"Ext__c": "a", "Name": "b"})]
    total = plugins.hook.ziggy_add_reports(block_type="SALESFORCE_WRITE_V1", total=reports[0], report=reports[1])
    assert Draft202012Validator(load_schema("report.schema.json")).is_valid(total)
    assert {name: count for name, count in total["counts"].items() if count} == {
        "received": 4, "written": 2, "failed": 2
    }  # fmt: skip
    assert (total["created"], total["updated"]) == (1, 1)
    assert total["instanceUrl"] == reports[1]["instanceUrl"] == org.url
    assert [line["index"] for line in total["notWritten"]] == [1, 2]
    assert total["apiCalls"]["used"] == sum(total["apiCalls"]["byKind"].values()) == 5
    assert plugins.hook.ziggy_add_reports(block_type="OTHER_V1", total=reports[0], report=reports[1]) is None


def test_ziggy_test_connection_names_org_and_user_and_warns_of_soap(
    plugins: pluggy.PluginManager, org: Sandbox
) -> None:
    def test(config: dict[str, str]) -> object:
        return plugins.hook.ziggy_test_connection(connection_type="salesforce", config=config, context=FakeContext())

    by_app, by_password = test(client_credentials_config(org)), test(password_config(org))
    assert by_app.is_ok  # type: ignore[attr-defined] # pluggy's hooks are not typed
    assert by_app.facts["user"] == org.login.username  # type: ignore[attr-defined] # the same
    assert by_app.warnings == ()  # type: ignore[attr-defined] # the same
    assert "Summer '27" in by_password.warnings[0]  # type: ignore[attr-defined] # the same


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_explained_argument_by_argument_and_implemented(name: str) -> None:
    spec = getattr(hookspecs, name)
    text = inspect.getdoc(spec) or ""
    assert "alled" in text, "says when it is called"
    unexplained = [one for one in inspect.signature(spec).parameters if f"{one}:" not in text]
    assert unexplained == []
    assert hasattr(plugin, name)


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_a_test_named_after_it(name: str) -> None:
    assert any(test.startswith(f"test_{name}") for test in globals())


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    code = f"import sys, ziggy_sf_write.plugin; print([name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_plugin_module_stays_thin() -> None:
    assert len(inspect.getsource(plugin).splitlines()) < 150


def test_a_fake_host_satisfies_the_contract() -> None:
    assert isinstance(FakeContext(), ExecutionContext)
    assert isinstance(FakeContext(), FormContext)
