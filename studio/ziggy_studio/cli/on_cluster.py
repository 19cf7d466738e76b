"""`ziggy-sf-write write --cluster`: parts on shared storage, written by the workers of a Dask cluster."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import Config, Connection, JsonValue, Mode, Progress
from ziggy_sf_write.errors import ConfigError, WriteBlockError
from ziggy_sf_write.run.outcomes import Counts
from ziggy_sf_write.run.report import make_report
from ziggy_studio.cli.text import print_json
from ziggy_studio.engine import Host
from ziggy_studio.errors import UsageProblem
from ziggy_studio.project import Project

if TYPE_CHECKING:
    from distributed import Client

    from ziggy_sf_write.cluster import ClusterReport, ConnectionSource

_ENGINE = ("dask", "distributed", "pandas", "pyarrow")
_ONE_MACHINE_ONLY = {"invalid": "--invalid", "failed": "--failed", "error_namespace": "--error-namespace"}
_PHASES = {"read": "parts brought together", "wait": "waiting for an earlier run's calls", "write": "rows written"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectConnections:
    """A project folder on shared storage, in which each worker resolves the connection and its secrets for itself.

    Secrets may also come from the workers' environment, as in every project.
    """

    folder: Path
    mode: Mode
    carries_secrets: bool = False

    def connection(self, name: str) -> Connection:
        """The connection as the project has it on this machine."""
        return Project(self.folder).connection(name, self.mode)


def write_on_cluster(where: Path, config: Config, host: Host, options: dict[str, JsonValue], *, is_json: bool) -> int:
    """Writes parts through a cluster, prints the report, and gives the command's exit code.

    Raises:
        UsageProblem: an option, the input or the cluster is not fit.
    """
    _refuse_other_options(options)
    # Half a second that no other command needs to wait for.
    from ziggy_sf_write.cluster import (
        ClusterError,
        ClusterOptions,
        ClusterReport,
        ResultFormat,
        connect,
        write_dataframe,
    )

    # It says at WARNING that a shuffle has begun, and that it has ended.
    logging.getLogger("distributed.shuffle").setLevel(logging.ERROR)
    results = ResultFormat.PARQUET if options["results"] == "parquet" else ResultFormat.JSONL
    with connect(options["cluster"]) as client, _bar() as on_progress:
        if client.dashboard_link:
            pages = client.dashboard_link.removesuffix("status")
            click.echo(f"The scheduler's pages: {pages}info/main/workers.html", err=True)
        try:
            report = write_dataframe(
                str(where),
                config,
                _source(client, host, config["connection"]),
                client=client,
                out=options["out"],
                options=ClusterOptions(results=results),
                cancelled=host.cancelled,
                on_progress=on_progress,
            )
        except (ConfigError, ClusterError) as err:
            raise UsageProblem(str(err)) from err
        except WriteBlockError as err:
            report = ClusterReport(total=make_report(parse_config(config), Counts()), error=str(err))
    if is_json:
        print_json(report.to_json())
    else:
        _print(report, options["out"])
    return 0 if report.is_whole else 1


def _refuse_other_options(options: dict[str, JsonValue]) -> None:
    if not all(find_spec(name) for name in _ENGINE):
        raise UsageProblem("--cluster needs Dask. Install it with: pip install 'ziggy-sf-write[cluster]'")
    if options["out"] is None:
        raise UsageProblem("--cluster needs --out DIR: a folder that this machine and every worker can write to.")
    for name, option in _ONE_MACHINE_ONLY.items():
        if options[name] is not None:
            raise UsageProblem(
                f"{option} does not go with --cluster: what became of every row, whatever it was, is written to the "
                "folder of --out."
            )


def _source(client: "Client", host: Host, name: str) -> "Connection | ConnectionSource":
    """Over TLS the connection travels with its secrets; in clear only the way to the project does."""
    if str(client.scheduler_info(n_workers=0)["address"]).startswith("tls://"):
        return host.project.connection(name, host.mode)
    return ProjectConnections(folder=host.project.folder.absolute(), mode=host.mode)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        tasks = {phase: bar.add_task(text, total=None, visible=False) for phase, text in _PHASES.items()}

        def show(progress: Progress) -> None:
            failures = f", {progress.failures} failed" if progress.failures else ""
            bar.update(
                tasks[progress.phase],
                completed=progress.done,
                total=progress.total,
                description=f"{_PHASES[progress.phase]}{failures}",
                visible=True,
            )

        yield show


def _print(report: "ClusterReport", out: Path) -> None:
    console = Console(soft_wrap=True)
    found = report.to_json()
    counts = ", ".join(f"{count} {name}" for name, count in found["counts"].items() if count)
    console.print(counts or "0 received")
    console.print(
        f"{found['created']} created, {found['updated']} updated, {found['apiCalls']['used']} API calls "
        f"({found['api']}), {len(found['partitions'])} partitions"
    )
    console.print(f"Results: {escape(str(out))}")
    if found["error"]:
        console.print(f"[bold red]Fatal error[/]: {escape(found['error'])}")
    elif found["stopped"]:
        console.print(f"[bold red]Stopped[/]: {escape(found['stopped']['message'])}")
