"""`ziggy-sf-write run`: a flow without the editor."""

from collections.abc import Sequence
from pathlib import Path

import click

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_studio.cli.options import MODE, read_options, reading
from ziggy_studio.cli.session import StopSignal, open_host
from ziggy_studio.cli.show import print_run, run_as_json
from ziggy_studio.cli.text import print_json
from ziggy_studio.engine import BlockRun, FlowRun, Host, Status, check_flow, run_flow
from ziggy_studio.errors import FlowError, UsageProblem
from ziggy_studio.files import pointer_lines
from ziggy_studio.flow import Flow, read_flow
from ziggy_studio.plugins import descriptors
from ziggy_studio.rows import read_all

PROJECT_FILES = ("project.yaml", "connections.yaml")


@click.command()
@click.argument("flow_file", metavar="FLOW", type=click.Path(path_type=Path))
@click.option("--project", "folder", type=click.Path(path_type=Path), help="Project folder; by default the flow's own.")
@MODE
@click.option(
    "--input",
    "input_file",
    metavar="FILE",
    help="Data in place of the test data: any file that `write` reads; - is the standard input.",
)
@reading
@click.option("--json", "is_json", is_flag=True, help="Print the run as JSON.")
def run(
    flow_file: Path,
    folder: Path | None,
    mode: str | None,
    input_file: str | None,
    *,
    is_json: bool,
    **how_to_read: str | None,
) -> None:
    """Run a flow without the editor.

    \b
    Example:
      ziggy-sf-write run examples/quickstart/flows/screenshot.yaml --json
    """
    useless = next((name for name, told in how_to_read.items() if told is not None), None)
    if useless is not None and input_file is None:
        raise UsageProblem(f"--{useless} says how to read a file, and there is none. Name it with --input.")
    items = read_all(input_file, read_options(how_to_read)) if input_file else None
    with open_host(folder or project_of(flow_file), Mode(mode.upper()) if mode else None) as (host, _):
        flow = read_flow(flow_file, descriptors(host.plugins))
        finished = checked_run(flow, host, flow_file, items)
    if is_json:
        print_json(run_as_json(flow, finished))
    else:
        print_run(flow, finished)
    if isinstance(host.cancelled, StopSignal) and host.cancelled.exit_code:
        raise SystemExit(host.cancelled.exit_code)
    if finished.status is not Status.OK or any(map(_is_unsettled, finished.blocks)):
        raise SystemExit(1)


def _is_unsettled(block: BlockRun) -> bool:
    """Whether a block wrote nothing of what came, or has left failures that nobody took."""
    report = block.report if isinstance(block.report, dict) else {}
    is_left: bool = report.get("unhandled", 0) > 0
    return is_left or report.get("verdict", {}).get("state") == "nothing"


def checked_run(flow: Flow, host: Host, flow_file: Path, items: Sequence[JsonValue] | None = None) -> FlowRun:
    """Runs a flow after its blocks were asked whether they are ready. Raises `FlowError` where they are not."""
    problems = check_flow(flow, host)
    if problems:
        raise FlowError(str(flow_file), problems, lines=pointer_lines(flow_file))
    return run_flow(flow, host, launch_data=items)


def project_of(flow_file: Path) -> Path:
    """The folder that a flow belongs to: the nearest one above it that has a project's files, or a folder `flows`."""
    for folder in flow_file.absolute().parents:
        if any((folder / name).exists() for name in PROJECT_FILES):
            return folder
    own = flow_file.absolute().parent
    return own.parent if own.name == "flows" else own
