"""`ziggy-sf-write demo`: the flow of the screenshot, in a temporary project, against an embedded sandbox org."""

import shutil
import tempfile
from pathlib import Path

import click

from ziggy_sf_write.contract import HostError
from ziggy_studio.cli.run import checked_run
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.show import print_records, print_run, run_as_json
from ziggy_studio.cli.text import print_json
from ziggy_studio.engine import Status
from ziggy_studio.flow import read_flow
from ziggy_studio.plugins import descriptors
from ziggy_studio.resources import quickstart_path

_SHOWN_FIELDS = ("Id", "Name", "LastModifiedDate")


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print the run and the org's records as JSON.")
def demo(is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """Run the flow of the screenshot against an embedded sandbox org and show what the org holds afterwards.

    \b
    Example:
      ziggy-sf-write demo
    """
    with tempfile.TemporaryDirectory(prefix="ziggy-demo-") as temporary:
        folder = Path(temporary) / "quickstart"
        shutil.copytree(quickstart_path(), folder, ignore=shutil.ignore_patterns(".state"))
        with open_host(folder) as (host, org):
            if org is None:
                raise HostError("The quickstart project has no embedded sandbox. Set `sandbox: embedded` in it.")
            flow_file = folder / "flows" / "screenshot.yaml"
            flow = read_flow(flow_file, descriptors(host.plugins))
            finished = checked_run(flow, host, flow_file)
            records = [{name: one.get(name) for name in _SHOWN_FIELDS} for one in org.records("Account")]
    if is_json:
        print_json({**run_as_json(flow, finished), "records": {"Account": records}})
    else:
        print_run(flow, finished)
        print_records("What the org now holds: Account", records)
    if finished.status is not Status.OK:
        raise SystemExit(1)
