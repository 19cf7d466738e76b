"""Asks every probe of an org and tells the answers beside the sandbox's."""

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from salesforce_sandbox.server import Sandbox

from .client import Client, NotAllowed, NotOurs, Unreachable
from .probes import PROBES, Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One assumption with the answers to it; org is None where no org was asked."""

    probe: Probe
    sandbox: str
    org: str | None

    @property
    def is_green(self) -> bool:
        """Whether the sandbox does what it is said to do."""
        return self.sandbox == self.probe.expected

    @property
    def differs(self) -> bool:
        """Whether the org does something else than the sandbox."""
        return self.org is not None and self.org != self.sandbox


def client_of(org: str, *, token: str | None) -> Client:
    """The client for an address with a token, or for an alias that the Salesforce CLI knows."""
    if not org.startswith("https://"):
        url, token = _known_to_the_cli(org)
    elif token is None:
        raise NotAllowed(f"{org}: put a session id into SF_ACCESS_TOKEN, or name an alias of the Salesforce CLI")
    else:
        url = org
    host = urlsplit(url).netloc
    return Client(url=f"https://{host}", token=token)


def _known_to_the_cli(alias: str) -> tuple[str, str]:
    program = shutil.which("sf")
    if program is None:
        raise NotAllowed(f"{alias}: the Salesforce CLI (`sf`) is not on the path; give an https address and a token")
    command = [program, "org", "display", "--target-org", alias, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603  a name as one argument
    try:
        found = json.loads(done.stdout)["result"]
        return str(found["instanceUrl"]), str(found["accessToken"])
    except (json.JSONDecodeError, KeyError, TypeError) as err:
        raise NotAllowed(f"{alias}: the Salesforce CLI knows no org of this name that is logged in") from err


def ask_the_sandbox() -> dict[str, str]:
    """The sandbox's own answers, from an org of this process."""
    with Sandbox() as sandbox:
        context = ssl.create_default_context(cafile=str(sandbox.ca_file))
        client = Client(url=sandbox.url, token=sandbox.access_token(), context=context)
        client.admit()
        return dict(_answers(client, PROBES))


def ask(client: Client) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """What the org is, its answers, and the Ids of records that could not be deleted again."""
    about = client.admit()
    try:
        answers = dict(_answers(client, PROBES))
    finally:
        left = client.clean_up()
    return about, answers, left


def _answers(client: Client, probes: Sequence[Probe]) -> Iterator[tuple[str, str]]:
    for probe in probes:
        try:
            yield probe.name, probe.ask(client)
        except (Unreachable, NotOurs):
            raise
        except (KeyError, TypeError, IndexError, AttributeError):
            # The org refuses what the question starts from: a required field or a rule of its own.
            yield probe.name, "could not be asked here"


def table(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each assumption; where the org differs, a mark."""
    for each in findings:
        mark = "≠" if each.differs else "=" if each.org is not None else "✓" if each.is_green else "✗"
        yield f"{mark} {each.probe.name:<30}  {each.probe.sentence}"
        yield f"    sandbox: {each.sandbox}" + ("" if each.org is None else f"   this org: {each.org}")


def report(about: dict[str, Any] | None, findings: Sequence[Finding]) -> dict[str, Any]:
    """What can be sent to us: no address, no Id, no name of the org is in it."""
    return {
        "org": about,
        "findings": [
            {
                "name": each.probe.name,
                "section": each.probe.section,
                "assumption": each.probe.sentence,
                "sandbox": each.sandbox,
                "org": each.org,
            }
            for each in findings
        ],
    }
