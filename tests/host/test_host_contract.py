"""What a block may rely on, over every host that there is: the studio, and the fake one of the other tests."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.host import FakeContext
from ziggy_sf_write.contract import (
    Connection,
    DataStore,
    ExecutionContext,
    FormContext,
    HostContext,
    HostError,
    Mode,
    Progress,
    StoreRecord,
)
from ziggy_studio.host import Host
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import open_store
from ziggy_studio.web.forms import form_context

CONFIG = {"username": "a@example.com", "password": "planted-Secret-1", "token": ""}
CONNECTIONS = """
sfB: {type: salesforce, development: {username: a@example.com, password: secrets.sfPassword, token: ''}}
sfA: {type: salesforce, development: {accessToken: x, instanceUrl: 'https://a.example'}}
box: {type: sftp, development: {host: example.com}}
"""

Heard = list[Progress]


class HostContract:
    """The promises of `ExecutionContext`; a host's tests derive from this and bring `context` and `heard`."""

    def test_it_is_a_context(self, context: ExecutionContext) -> None:
        assert isinstance(context, ExecutionContext)
        assert isinstance(context, HostContext)

    def test_connections_are_listed_by_type_in_alphabetical_order(self, context: ExecutionContext) -> None:
        assert list(context.connection_names("salesforce")) == ["sfA", "sfB"]
        assert list(context.connection_names("nothing")) == []

    def test_a_connection_comes_with_its_secrets_and_does_not_show_them(self, context: ExecutionContext) -> None:
        connection = context.connection("sfB")
        assert (connection.name, connection.type, connection.mode) == ("sfB", "salesforce", context.mode)
        assert dict(connection.config) == CONFIG
        assert "planted" not in repr(connection)

    def test_one_that_is_not_there_is_an_error_for_a_person(self, context: ExecutionContext) -> None:
        with pytest.raises(HostError, match="`gone`"):
            context.connection("gone")

    def test_the_data_store_keeps_what_it_is_given(self, context: ExecutionContext) -> None:
        store: DataStore = context.store
        record = StoreRecord(name="ns", key="k", data={"a": [1, None]})
        store.upsert_many([record])
        assert (store.find_key("ns", "k"), list(store.find("ns", limit=5))) == (record, [record])
        assert list(store.find_keys("ns", ["k", "other"])) == [record]
        assert list(store.namespaces()) == ["ns"]
        assert store.delete_key("ns", "k")

    def test_it_says_which_run_and_which_block_it_is_for(self, context: ExecutionContext) -> None:
        assert (context.execution_id, context.flow_name, context.block_id) == ("run-1", "A flow", "write")
        assert context.cursor is None

    def test_progress_arrives_from_any_thread(self, context: ExecutionContext, heard: Heard) -> None:
        progress = Progress(phase="write", done=1, total=2)
        thread = threading.Thread(target=context.progress, args=(progress,))
        thread.start()
        thread.join()
        assert heard == [progress]

    def test_a_stop_is_seen_and_ends_waits(self, context: ExecutionContext, stop: Callable[[], None]) -> None:
        assert not context.cancelled.is_set()
        assert not context.cancelled.wait(0)
        stop()
        assert context.cancelled.is_set()
        assert context.cancelled.wait(60)

    def test_its_log_is_a_logger(self, context: ExecutionContext) -> None:
        assert isinstance(context.log, logging.Logger)


class TestFakeHost(HostContract):
    @pytest.fixture
    def heard(self) -> Heard:
        return []

    @pytest.fixture
    def context(self, heard: Heard) -> FakeContext:
        connections = {
            "sfB": Connection(name="sfB", type="salesforce", config=CONFIG),
            "sfA": Connection(name="sfA", type="salesforce"),
            "box": Connection(name="box", type="sftp"),
        }
        return FakeContext(connections=connections, on_report=heard.append)

    @pytest.fixture
    def stop(self, context: FakeContext) -> Callable[[], None]:
        return context.cancelled.set


class TestStudio(HostContract):
    @pytest.fixture
    def heard(self) -> Heard:
        return []

    @pytest.fixture
    def host(self, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
        monkeypatch.setenv("ZIGGY_SECRET_sfPassword", "planted-Secret-1")
        (tmp_path / "connections.yaml").write_text(CONNECTIONS)
        project = Project(tmp_path)
        store = open_store(project.store_location)
        yield Host(
            plugins=make_plugin_manager(),
            project=project,
            store=store,
            mode=Mode.DEV,
            on_progress=lambda _block, progress: heard.append(progress),
        )
        store.close()

    @pytest.fixture
    def context(self, host: Host) -> ExecutionContext:
        return host.context_named("A flow", block_id="write", execution_id="run-1")

    @pytest.fixture
    def stop(self, host: Host) -> Callable[[], None]:
        return host.cancelled.set

    def test_its_forms_have_a_context_too(self, host: Host) -> None:
        context = form_context(host, Mode.DEV, ["Name"])
        assert isinstance(context, FormContext)
        assert (list(context.edge_keys), context.connection("sfB").config["password"]) == (["Name"], "planted-Secret-1")
