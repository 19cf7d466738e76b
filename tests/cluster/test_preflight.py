"""The look at the org before the first row, and what of it travels to the workers."""

from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import connection_to
from tests.support.impatience import ImpatientEvent
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster import ClusterContext, FileStore, GivenConnection
from ziggy_sf_write.cluster.driver import preflight
from ziggy_sf_write.cluster.storage import RunFolder
from ziggy_sf_write.cluster.task import Descriptions
from ziggy_sf_write.contract import ExecutionContext, HostError, Mode, Progress
from ziggy_sf_write.errors import ApiBudgetError, UnreachableError
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import Catalog
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import Bounds

BY_EMAIL = {"connection": "sfDev", "object": "Contact", "matchKey": "Email", "validate": True}


def _preflight(org: Sandbox, folder: Path, *names: str, **config: Any) -> tuple[OrgClient, Descriptions]:
    source = GivenConnection(given=connection_to(org))
    return preflight(parse_config({**BY_EMAIL, **config}), source, RunFolder(folder), names)


def test_what_the_rows_refer_to_travels_too(org: Sandbox, tmp_path: Path) -> None:
    _, found = _preflight(org, tmp_path, "Email", "AccountId", "Account")
    assert {"Contact", "Account"} <= set(found.objects)
    assert found.all_objects is not None


def test_a_worker_asks_only_whether_what_it_was_given_still_holds(org: Sandbox, tmp_path: Path) -> None:
    _, found = _preflight(org, tmp_path, "Email", "AccountId", "Account")
    own = Org(connection_to(org).config)
    found.seed(own.catalog)
    client = OrgClient(own, bounds=Bounds(), cancelled=ImpatientEvent())
    described, listed = describe_object(client, "Contact"), list_objects(client)
    own.close()
    assert client.count.by_kind()["describe"] == 1
    # An answer with a body would have made new ones.
    assert described is found.objects["Contact"].value
    assert found.all_objects is not None
    assert listed is found.all_objects.value


def test_what_a_worker_knows_already_stays(org: Sandbox, tmp_path: Path) -> None:
    first, second = (_preflight(org, tmp_path / str(turn), "Email")[1] for turn in range(2))
    catalog = Catalog()
    first.seed(catalog)
    known = catalog.object("Contact")
    second.seed(catalog)
    assert catalog.object("Contact") is known
    Descriptions(objects={}, all_objects=None).seed(catalog)
    assert catalog.all_objects() is None


def test_the_days_calls_are_known_after_it(org: Sandbox, tmp_path: Path) -> None:
    client, _ = _preflight(org, tmp_path, "Email")
    assert client.org.usage is not None
    assert client.org.usage.limit == 100_000
    assert client.count.by_kind()["describe"] == 1


@pytest.mark.parametrize(
    ("fault", "error", "sentence"),
    [
        ("reset_before_reading", UnreachableError, "Salesforce cannot be reached"),
        ("request_limit_total", ApiBudgetError, "takes no more API calls"),
    ],
)
def test_an_org_that_does_not_let_a_run_begin_is_said_in_words(
    org: Sandbox, tmp_path: Path, fault: str, error: type[Exception], sentence: str
) -> None:
    org.inject(fault, kinds=("describe",))
    with pytest.raises(error, match=sentence):
        _preflight(org, tmp_path, "Email", advanced={"maxTries": 1})


def test_a_partitions_context_is_what_a_block_asks_of_its_host(org: Sandbox, tmp_path: Path) -> None:
    context = ClusterContext(
        given=connection_to(org),
        store=FileStore(tmp_path),
        execution_id="run",
        block_id="part-00000",
        cancelled=ImpatientEvent(),
    )
    assert isinstance(context, ExecutionContext)
    assert context.mode is Mode.DEV
    assert (context.connection_names("salesforce"), context.connection_names("other")) == (["sfDev"], [])
    assert context.connection("sfDev") is context.given
    assert context.given.config["consumerSecret"] not in repr(context)
    context.progress(Progress(phase="write", done=0, total=0))
    with pytest.raises(HostError, match="through `sfDev` alone"):
        context.connection("sfProd")


def test_a_given_connection_answers_to_its_own_name_only(org: Sandbox) -> None:
    source = GivenConnection(given=connection_to(org))
    assert source.connection("sfDev") is source.given
    assert source.given.config["consumerSecret"] not in repr(source)
    with pytest.raises(HostError, match="was given the connection `sfDev`"):
        source.connection("sfProd")
