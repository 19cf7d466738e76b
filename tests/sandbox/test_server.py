"""Starting, stopping and looking inside."""

import ast
import importlib
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import Api


def test_no_thread_survives_a_stop() -> None:
    before = threading.active_count()
    with Sandbox() as org:
        Api(org=org).get("limits")
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_stop_closes_the_port() -> None:
    org = Sandbox.start(SandboxOptions())
    host, _, port = org.host.partition(":")
    org.stop()
    org.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_given_ids_are_kept_and_new_ones_are_ascending(sandbox: Sandbox) -> None:
    given = sandbox.insert("Account", [{"Id": "001gL000002rbza", "Name": "Acme"}])
    minted = sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])

    assert given == ["001gL000002rbzaQAA"]
    assert minted == sorted(minted)
    assert [each["Id"] for each in sandbox.records("Account")] == given + minted


def test_a_seeded_record_has_defaults_and_system_fields(sandbox: Sandbox) -> None:
    sandbox.insert("Case", [{"Subject": "Broken"}])

    (row,) = sandbox.records("Case")

    assert (row["Status"], row["Priority"]) == ("New", "Medium")
    assert row["OwnerId"] == row["CreatedById"]
    assert row["CreatedDate"].endswith(".000+0000")


def test_seeding_an_unknown_field_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(KeyError, match="Nope__c"):
        sandbox.insert("Account", [{"Nope__c": 1}])


def test_calls_and_rows_are_counted_by_kind(sandbox: Sandbox, api: Api) -> None:
    api.upsert_many("Account", "Ext__c", [{"Ext__c": "a", "Name": "A"}, {"Ext__c": "b"}])
    api.upsert_many("Account", "Ext__c", [{"Ext__c": "a", "Name": "A2"}])
    api.get("limits")

    stats = sandbox.stats()

    assert stats.calls == {"collections_upsert": 2, "limits": 1}
    assert (stats.total_calls, stats.write_calls) == (3, 2)
    assert (stats.rows_created, stats.rows_updated, stats.rows_failed) == (1, 1, 1)
    sandbox.reset_stats()
    assert sandbox.stats().total_calls == 0


def test_records_that_share_a_key_are_reported_as_duplicates(sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": "A", "Email": "x@example.com"}] * 3)

    assert sandbox.stats().duplicates == {"Contact.Email": 2}


def test_an_org_in_a_file_is_there_again(tmp_path: Path, start_sandbox: StartSandbox) -> None:
    options = SandboxOptions(data=tmp_path / "org.db")
    first = start_sandbox(options)
    (before,) = first.insert("Account", [{"Name": "A"}])
    first.stop()

    second = start_sandbox(options)
    (after,) = second.insert("Account", [{"Name": "B"}])

    assert [each["Name"] for each in second.records("Account")] == ["A", "B"]
    assert after > before


def test_an_object_in_a_file_may_gain_fields(tmp_path: Path, start_sandbox: StartSandbox) -> None:
    declared = "name: Crate__c\nprefix: a50\nfields:\n  Name: {type: string, name_field: true}\n"
    file = tmp_path / "crate.yaml"
    file.write_text(declared)
    options = SandboxOptions(data=tmp_path / "org.db", objects=(file,))
    first = start_sandbox(options)
    first.insert("Crate__c", [{"Name": "C"}])
    first.stop()
    file.write_text(declared + "  Colour__c: string\n  Label__c: {type: string, formula: \"Name || '!'\"}\n")

    (row,) = start_sandbox(options).records("Crate__c")

    assert (row["Name"], row["Colour__c"], row["Label__c"]) == ("C", None, "C!")


def test_the_first_seeded_user_does_not_meet_the_admin(sandbox: Sandbox) -> None:
    sandbox.insert("User", [{"Username": "u@example.com", "LastName": "U", "Email": "u@example.com", "Alias": "u"}])

    assert len(sandbox.records("User")) == 2


def test_the_sandbox_shares_no_code_with_the_product() -> None:
    """One bug must not cancel another."""
    package = Path(importlib.import_module("salesforce_sandbox").__path__[0])
    imported = {
        node.module
        for file in package.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module
    }

    assert {each for each in imported if each.startswith(("ziggy_", "simple_salesforce"))} == set()


def test_a_sandbox_that_does_not_run_says_so() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        Sandbox().stats()


def test_seeding_with_a_bad_id_or_an_unknown_object_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no record id"):
        sandbox.insert("Account", [{"Id": "x", "Name": "A"}])
    with pytest.raises(KeyError, match="the sandbox has no such object"):
        sandbox.insert("Nope", [{}])


def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    port = int(sandbox.host.partition(":")[2])

    with pytest.raises(OSError, match="in use"):
        Sandbox.start(SandboxOptions(port=port))
    assert not [each for each in threading.enumerate() if each.name == "sandbox-bulk"][1:]


def test_a_stop_ends_calls_that_wait_without_a_word(
    start_sandbox: StartSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    org = start_sandbox(SandboxOptions(latency="per_call=60"))
    api = Api(org=org)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(api.get, "limits")
        while not org.stats().total_calls:
            threading.Event().wait(0.001)
        org.stop()
        with pytest.raises(requests.ConnectionError):
            call.result(timeout=5)

    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_concurrent_upserts_of_the_same_keys_leave_each_once(sandbox: Sandbox) -> None:
    records = [{"Ext__c": f"k{number}", "Name": "A"} for number in range(100)]

    def upsert(_: int) -> int:
        return sum(each["created"] for each in Api(org=sandbox).upsert_many("Account", "Ext__c", records))

    with ThreadPoolExecutor(8) as pool:
        created = sum(pool.map(upsert, range(16)))

    assert created == 100
    assert len({each["Ext__c"] for each in sandbox.records("Account")}) == len(sandbox.records("Account")) == 100
