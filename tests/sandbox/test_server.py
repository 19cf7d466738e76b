"""Starting, stopping and looking inside."""

import socket
import threading
from pathlib import Path

import pytest

from tests.sandbox.client import Api
from ziggy_sf_write.sandbox import Sandbox, SandboxOptions
from ziggy_sf_write.sandbox.pytest_plugin import StartSandbox


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


def test_the_first_seeded_user_does_not_meet_the_admin(sandbox: Sandbox) -> None:
    sandbox.insert("User", [{"Username": "u@example.com", "LastName": "U", "Email": "u@example.com", "Alias": "u"}])

    assert len(sandbox.records("User")) == 2
