"""Every example flow runs without the editor, and puts on its edges what the file beside this one says."""

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesforce_sandbox import Sandbox
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_studio.cli.session import open_host
from ziggy_studio.engine import FlowRun, Host, Status, check_flow, run_flow
from ziggy_studio.flow import read_flow
from ziggy_studio.plugins import descriptors

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = Path(__file__).parent / "expected"
FLOWS = sorted(path.relative_to(EXAMPLES).with_suffix("") for path in EXAMPLES.glob("*/flows/*.yaml"))


class Project:
    """A copy of an example project with its sandbox org running."""

    def __init__(self, folder: Path, host: Host, org: Sandbox) -> None:
        self.folder = folder
        self.org = org
        self.host = host

    def run(self, name: str, items: Sequence[JsonValue] | None = None) -> FlowRun:
        flow = read_flow(self.folder / "flows" / f"{name}.yaml", descriptors(self.host.plugins))
        assert check_flow(flow, self.host) == []
        return run_flow(flow, self.host, launch_data=items)

    def people(self) -> list[dict[str, str]]:
        with (self.folder / "data" / "people.csv").open(newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def everyday(tmp_path: Path) -> Iterator[Project]:
    yield from _opened("everyday", tmp_path)


@pytest.fixture
def quickstart(tmp_path: Path) -> Iterator[Project]:
    yield from _opened("quickstart", tmp_path)


def _opened(name: str, tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".state"))
    with open_host(folder, is_quiet=True) as (host, org):
        assert org is not None
        yield Project(folder, host, org)
    ORGS.clear()


def _assert_edges(run: FlowRun, name: str) -> None:
    """Compares the edges with `expected/NAME.yaml`: their items, or, where there are many, how many."""
    assert (run.status, run.error) == (Status.OK, None)
    expected: Mapping[str, Any] = yaml.safe_load((EXPECTED / f"{name}.yaml").read_text())
    found = {
        edge: len(items) if isinstance(expected.get(edge), int) else list(items) for edge, items in run.payloads.items()
    }
    assert found == expected


def test_every_example_is_tested() -> None:
    source = Path(__file__).read_text()
    assert [flow.stem for flow in FLOWS if f'"{flow.stem}"' not in source] == []


def test_the_screenshot(quickstart: Project) -> None:
    _assert_edges(quickstart.run("screenshot"), "screenshot")
    assert [one["Name"] for one in quickstart.org.records("Account")] == ["Changed Name 1"]


def test_a_csv_file_becomes_accounts_and_contacts_of_them(everyday: Project) -> None:
    _assert_edges(everyday.run("accounts-and-contacts", everyday.people()), "accounts-and-contacts")
    accounts = {one["Ext__c"]: one["Id"] for one in everyday.org.records("Account")}
    contacts = {one["LastName"]: one["AccountId"] for one in everyday.org.records("Contact")}
    assert contacts == {
        "Lovelace": accounts["ACME"], "Turing": accounts["ACME"], "Dijkstra": accounts["GLOBEX"]
    }  # fmt: skip
    assert everyday.host.store.namespaces() == ["accountErrors", "contactErrors"]


def test_failed_items_are_replayed_and_those_that_are_written_are_forgotten(everyday: Project) -> None:
    people = [*everyday.people(), {"Company number": "NOBODY", "Surname": "Nobody", "Person number": "P-6"}]
    everyday.run("accounts-and-contacts", people)
    assert [one.key for one in everyday.host.store.find("contactErrors", limit=9)] == ["P-5", "P-6"]
    everyday.org.insert("Account", [{"Ext__c": "INITECH", "Name": "Initech"}])
    _assert_edges(everyday.run("replay"), "replay")
    (left,) = everyday.host.store.find("contactErrors", limit=9)
    assert (left.key, left.data["attempt"]) == ("P-6", 2)
    assert "Liskov" in {one["LastName"] for one in everyday.org.records("Contact")}


@pytest.mark.slow
def test_ten_thousand_items_go_in_batches_of_a_hundred(everyday: Project) -> None:
    items = [{"Ext__c": f"k{number}", "Name": f"n{number}"} for number in range(10_000)]
    run = everyday.run("batches", items)
    _assert_edges(run, "batches")
    report = next(block.report for block in run.blocks if block.id == "accounts")
    assert (report["counts"]["received"], report["counts"]["written"], report["created"]) == (10_000,) * 3
    # Session and describe are kept between the batches: a hundred calls, and what the first one needs to begin.
    assert everyday.org.stats().calls["collections_upsert"] == 100
    assert sum(everyday.org.stats().calls.values()) <= 103
    assert len(everyday.org.records("Account")) == 10_001
