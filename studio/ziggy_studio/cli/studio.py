"""`ziggy-sf-write studio`: the editor in the browser."""

import webbrowser
from contextlib import ExitStack
from pathlib import Path

import click

from ziggy_studio.embedded import embedded_sandbox
from ziggy_studio.engine import Host
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import History, open_store
from ziggy_studio.web.server import StudioServer
from ziggy_studio.web.studio import open_studio


@click.command()
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Project folder; by default the current one.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on loopback; by default a free one.")
@click.option("--sandbox/--no-sandbox", "has_sandbox", default=True, help="Start a sandbox org with its connection.")
@click.option("--open", "is_opened", is_flag=True, help="Open the editor in the browser.")
def studio(folder: Path, port: int, has_sandbox: bool, is_opened: bool) -> None:  # noqa: FBT001 # click passes options so
    """The flow editor in the browser, by default with an embedded sandbox org.

    \b
    Example:
      ziggy-sf-write studio --project examples/quickstart --open
    """
    project = Project(folder)
    with ExitStack() as stack:
        if has_sandbox:
            stack.enter_context(embedded_sandbox(project))
        store = open_store(project.store_location)
        stack.callback(store.close)
        history = History(store, level=project.history_level, runs=project.history_runs)
        host = Host(plugins=make_plugin_manager(), project=project, store=store, mode=project.mode, history=history)
        opened = open_studio(host, has_sandbox=has_sandbox)
        server = StudioServer(opened, port)
        click.echo(server.url)
        click.echo(
            f"The editor is at {server.url} for the project {project.folder.resolve().name}. Ctrl-C ends it.", err=True
        )
        if is_opened:
            webbrowser.open(server.url)
        server.serve_until_stopped()
        if opened.runs.are_under_way():
            click.echo("Waiting for what the runs have under way; Ctrl-C once more does not wait.", err=True)
        opened.runs.wait()
