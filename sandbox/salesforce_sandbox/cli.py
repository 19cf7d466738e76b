"""The commands `serve`, `env`, `records`, `stats` and `conformance`.

Each command imports for itself what takes long to import: `env` stands in shells, and `serve` has something to do
meanwhile.
"""

import gc
import json
import signal
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .auth.private_key import private_key_pem
from .environment import CLIENTS, lines, variables
from .faults import FaultName, parse_fault
from .latency import PROFILES, parse_latency
from .options import SandboxOptions

if TYPE_CHECKING:
    from .server import Sandbox

_PROGRAM = "salesforce-sandbox"
_LONGEST_SLEEP_S = 0.1
# `serve` calls what a program that has it below one of its own puts into the context as `obj`, with the org.
_URL_HELP = "Address of the running sandbox, as `serve` prints it; default: the one started last on this machine."


class _Command(click.Command):
    """A command whose examples name the program that was called, which may have these commands below one of its own."""

    def get_help(self, ctx: click.Context) -> str:
        """The help text of click."""
        return super().get_help(ctx).replace(_PROGRAM, _called_as(ctx))


class _Group(_Command, click.Group):
    command_class = _Command


def _called_as(ctx: click.Context) -> str:
    group = ctx if isinstance(ctx.command, _Group) or ctx.parent is None else ctx.parent
    return group.command_path


def main() -> None:
    """The console script `salesforce-sandbox`."""
    sandbox(prog_name=_PROGRAM)


@click.group(cls=_Group)
@click.version_option(package_name=_PROGRAM)
def sandbox() -> None:
    """A Salesforce org that fits on a laptop.

    \b
    Example:
      salesforce-sandbox serve --latency typical
    """


@sandbox.command()
@click.option("--port", type=int, default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--data", type=click.Path(path_type=Path), help="SQLite file that keeps the org; default: in memory.")
@click.option(
    "--objects",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Further objects: a YAML file, the describe JSON of a real org's object, a folder of them, or a name that the "
    "sandbox knows: person-accounts. Repeatable.",
)
@click.option("--latency", default="none", show_default=True, help=f"One of {', '.join(PROFILES)}, or NAME=SECONDS,…")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=RATE",
    help=f"Repeatable, as NAME, NAME=RATE or NAME@CALL,CALL. {', '.join(FaultName)}.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same run.")
@click.option("--api-limit", type=int, default=100_000, show_default=True, help="API calls that the org allows.")
@click.option(
    "--bulk-lanes",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Batches of 10,000 rows of a Bulk job that run side by side.",
)
@click.option("--soap-login/--no-soap-login", default=True, show_default=True, help="Whether SOAP login is enabled.")
@click.option("--example-rules", is_flag=True, help="Give standard objects validation and duplicate rules to try.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of text.")
def serve(  # noqa: PLR0913  one parameter for each option
    *,
    port: int,
    data: Path | None,
    objects: tuple[Path, ...],
    latency: str,
    faults: tuple[str, ...],
    seed: int,
    api_limit: int,
    bulk_lanes: int,
    soap_login: bool,
    example_rules: bool,
    as_json: bool,
) -> None:
    """Run an org until Ctrl-C; prints URL, CA file and logins.

    \b
    Example:
      salesforce-sandbox serve --port 8443 --data org.db --fault answer_lost_after_commit=0.05
    """
    threading.Thread(target=private_key_pem, name="private-key", daemon=True).start()
    from .schema.build import SchemaError
    from .server import Sandbox

    try:
        parse_latency(latency)
        options = SandboxOptions(
            port=port,
            data=data,
            objects=objects,
            latency=latency,
            faults=tuple(parse_fault(each) for each in faults),
            seed=seed,
            api_limit=api_limit,
            bulk_lanes=bulk_lanes,
            soap_login=soap_login,
            example_rules=example_rules,
        )
        org = Sandbox.start(options)
    except (OSError, SchemaError, ValueError) as err:
        raise click.UsageError(str(err)) from err
    gc.freeze()  # what the org is made of stays to the end, so no collection has to look through it again
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    note = _note()
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(org.url, "ascii")
        _announce(org, as_json=as_json)
        told: Callable[[Sandbox], None] | None = click.get_current_context().obj
        if told is not None:
            told(org)
        # The system may hand the signal to any thread; Python's handler runs in this one, when it wakes the next time.
        while not stop.wait(_LONGEST_SLEEP_S):
            pass
    finally:
        if note.exists() and note.read_text("ascii") == org.url:
            note.unlink()
        org.stop()


@sandbox.command()
@click.argument("name", metavar="OBJECT")
@click.option("--url", envvar="ZIGGY_SANDBOX_URL", help=_URL_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def records(*, name: str, url: str | None, as_json: bool) -> None:
    """Print the records that the org holds, one JSON object a line.

    \b
    Example:
      salesforce-sandbox records Account --url https://127.0.0.1:8443
    """
    found = _ask(url, f"records/{name}")
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found:
        click.echo(json.dumps({key: value for key, value in each.items() if value is not None}, ensure_ascii=False))


@sandbox.command()
@click.option("--url", envvar="ZIGGY_SANDBOX_URL", help=_URL_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def stats(*, url: str | None, as_json: bool) -> None:
    """Print calls received, by kind, and what was written.

    \b
    Example:
      salesforce-sandbox stats --url https://127.0.0.1:8443
    """
    found = _ask(url, "stats")
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        if not isinstance(value, dict):
            click.echo(f"{name:<20}{value:>10}")
            continue
        for key, count in sorted(value.items()):
            click.echo(f"{name:<20}{count:>10}  {key}")


@sandbox.command()
@click.argument("client", type=click.Choice(sorted(CLIENTS)))
@click.option("--url", envvar="ZIGGY_SANDBOX_URL", help=_URL_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def env(*, client: str, url: str | None, as_json: bool) -> None:
    """Print the environment for a client, for a shell to read.

    \b
    Example:
      eval "$(salesforce-sandbox env sf)"
    """
    found = _ask(url, "login")
    facts = {"url": found["url"], "ca_file": found["ca_file"], "token": found["access_token"]}
    if as_json:
        click.echo(json.dumps(variables(client, **facts)))
        return
    for line in lines(client, **facts):
        click.echo(line)


@sandbox.command()
@click.option("--org", metavar="ALIAS|URL", help="An org of your own to ask, too.")
@click.option("--token", envvar="SF_ACCESS_TOKEN", help="Session id for a URL; better in SF_ACCESS_TOKEN.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the findings to a JSON file that can be sent on.")
@click.option("--json", "as_json", is_flag=True, help="Print the same JSON.")
def conformance(*, org: str | None, token: str | None, out: Path | None, as_json: bool) -> None:
    """Ask what the sandbox assumes of Salesforce, of the sandbox and of an org of your own.

    It makes records of its own, marked by their names, and deletes them again; it runs only where Organization says
    IsSandbox or Developer Edition. Exit code 1: the sandbox does not do what it is said to do.

    \b
    Example:
      salesforce-sandbox conformance --org my-scratch-org --out findings.json
    """
    from .conformance.client import NotAllowed, Unreachable
    from .conformance.probes import PROBES
    from .conformance.run import Finding, ask, ask_the_sandbox, client_of, report, table

    about: dict[str, Any] | None = None
    theirs: dict[str, str] = {}
    ours = ask_the_sandbox()
    if org is not None:
        try:
            about, theirs, left = ask(client_of(org, token=token))
        except (NotAllowed, Unreachable) as err:
            raise click.UsageError(str(err)) from err
        if left:
            click.echo(f"could not be deleted again: {', '.join(left)}", err=True)
    findings = [Finding(probe=each, sandbox=ours[each.name], org=theirs.get(each.name)) for each in PROBES]
    found = report(about, findings)
    if out is not None:
        out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for line in table(findings):
            click.echo(line)
    if not all(each.is_green for each in findings):
        raise SystemExit(1)


def _announce(org: "Sandbox", *, as_json: bool) -> None:
    login = org.login
    facts = {
        "url": org.url,
        "ca_file": str(org.ca_file),
        "username": login.username,
        "password": login.password,
        "token": login.token,
        "consumer_key": login.consumer_key,
        "consumer_secret": login.consumer_secret,
    }
    private_key = org.ca_file.with_name("private_key.pem")
    private_key.touch(mode=0o600)
    private_key.write_text(login.private_key_pem, "ascii")
    facts["private_key_file"] = str(private_key)
    way_in = {"url": org.url, "ca_file": str(org.ca_file), "token": org.access_token()}
    if as_json:
        click.echo(json.dumps({**facts, "environments": {each: variables(each, **way_in) for each in CLIENTS}}))
        return
    for name, value in facts.items():
        click.echo(f"{name.replace('_', ' '):<18}{value}")
    for name, client in CLIENTS.items():
        click.echo(f"\n# {client.title}")
        for line in lines(name, **way_in):
            click.echo(line)


def _note() -> Path:
    """Where the sandbox that was started last leaves its address."""
    return Path(click.get_app_dir(_PROGRAM)) / "sandbox.url"


def _ask(given: str | None, path: str) -> Any:
    url = given or (_note().read_text("ascii") if _note().exists() else None)
    if url is None:
        serve = f"{_called_as(click.get_current_context())} serve"
        raise click.UsageError(f"No sandbox has been started with `{serve}`; name one with --url.")
    # The commands look at a sandbox on this machine; its CA is in a folder that only `serve` knows.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if not url.startswith("https://127.0.0.1:"):
        raise click.UsageError(f"{url}: a sandbox has an address such as https://127.0.0.1:8443")
    try:
        with urllib.request.urlopen(f"{url}/__sandbox__/{path}", context=context, timeout=30) as answer:  # noqa: S310  checked above
            return json.load(answer)
    except urllib.error.HTTPError as err:
        raise click.UsageError(json.load(err)[0]["message"]) from err
    except OSError as err:
        raise click.ClickException(f"{url}: no sandbox answers there ({err})") from err
