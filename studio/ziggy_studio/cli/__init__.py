"""The command line: `ziggy-sf-write COMMAND`. Results on stdout, progress and logs on stderr."""

import gc
import importlib
import sys

import click

from ziggy_sf_write import __version__
from ziggy_sf_write.contract import HostError
from ziggy_sf_write.near_miss import near_miss
from ziggy_studio.cli.text import give_up_stdout, print_json, printable
from ziggy_studio.errors import StoppedBySignal

# Each command is imported when it is asked for, so that `--help` is quick.
_COMMANDS = {
    "init": ("init:init", "Make a project to start from."),
    "demo": ("demo:demo", "Run the flow of the screenshot against an embedded sandbox org."),
    "run": ("run:run", "Run a flow without the editor."),
    "write": ("write:write", "Write a file of any size without a flow."),
    "undo": ("undo:undo", "Take back what a run has written."),
    "check": ("check:check", "Check a file against the org's description of an object."),
    "map": ("map:propose_mapping", "Propose which column of a file goes to which field."),
    "objects": ("look:objects", "List the org's objects."),
    "fields": ("look:fields", "List the fields of an object."),
    "query": ("look:query", "Run a SOQL query."),
    "studio": ("studio:studio", "The flow editor in the browser."),
    "connections": ("connections:connections", "List and test the project's connections."),
    "secrets": ("secrets:secrets", "Store the project's secrets."),
    "store": ("store:store", "Look into the project's Data Store."),
    "sidecar": ("sidecar:sidecar", "Serve the block to a host in another language."),
    "sandbox": ("sandbox:sandbox", "The sandbox org on its own."),
    "descriptor": ("descriptor:descriptor", "Print the block's descriptor as JSON."),
}

# A run makes millions of small objects, next to none of them in a cycle. To look through them for garbage again and
# again takes a tenth of the CPU where a run compares (benchmarks/write_cpu.py).
_COLLECTOR = (50_000, 20, 20)


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; of a misspelt one, what was meant is named."""
        if args and args[0] not in _COMMANDS:
            ctx.fail(f"There is no command `{args[0]}`{near_miss(args[0], _COMMANDS) or '.'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ziggy-sf-write")
def cli() -> None:
    """The Salesforce Write block: run flows, and try them against a sandbox org.

    \b
    Example:
      ziggy-sf-write demo
    """


def main() -> None:
    """Runs the command line.

    Exit codes: 0 done, 1 ran and ended in a fatal error, 2 wrong usage or configuration, 128 and its number after a
    signal. With `--json` what a command ends with before it has run is JSON on stdout, too.
    """
    gc.set_threshold(*_COLLECTOR)  # the process is ours, as it is in no host that has taken the block in
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        give_up_stdout()
        code = 1
    sys.exit(code)


def _run() -> int | str | None:
    """The exit code of the command."""
    try:
        cli(standalone_mode=False)
    except SystemExit as err:
        return err.code
    except click.Abort:
        return 130
    except click.ClickException as err:
        err.show()
        message, code = err.format_message(), 2
    except HostError as err:
        message, code = str(err), err.exit_code if isinstance(err, StoppedBySignal) else 2
        click.echo(f"Error: {printable(message)}", err=True)
    else:
        return 0
    if "--json" in sys.argv:
        print_json({"error": {"message": message}})
    return code
