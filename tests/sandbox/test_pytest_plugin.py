"""The fixture for pytest, and the environment that makes clients trust the org."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from simple_salesforce.api import Salesforce

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.environment import CLIENTS, lines, variables
from salesforce_sandbox.pytest_plugin import StartSandbox, salesforce_org, start_salesforce_org

__all__ = ["salesforce_org", "start_salesforce_org"]

HEAVY = ("salesforce_sandbox.server", "starlette", "uvicorn", "lark", "cryptography")


def test_a_client_needs_no_settings_of_its_own(salesforce_org: Sandbox) -> None:
    client = Salesforce(instance_url=os.environ["SF_INSTANCE_URL"], session_id=os.environ["SF_ACCESS_TOKEN"])
    with client.session:
        client.restful("sobjects/Account", method="POST", data=json.dumps({"Name": "Acme"}))

    assert [each["Name"] for each in salesforce_org.records("Account")] == ["Acme"]


def test_the_standard_library_trusts_it_too(salesforce_org: Sandbox) -> None:
    address = f"{salesforce_org.url}/services/data"
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310  loopback
        assert json.load(answer)[-1]["version"] == "68.0"


@pytest.mark.slow
def test_the_environment_ends_with_the_test(pytester_file: Path) -> None:
    pytester_file.write_text(
        "import os\n"
        "from salesforce_sandbox.pytest_plugin import salesforce_org, start_salesforce_org\n"
        "def test_one(salesforce_org): assert os.environ['SSL_CERT_FILE'] == str(salesforce_org.ca_file)\n"
        "def test_two(): assert os.environ['SSL_CERT_FILE'] == 'mine' and 'SF_ACCESS_TOKEN' not in os.environ\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", str(pytester_file)]
    environment = {**os.environ, "SSL_CERT_FILE": "mine"}
    environment.pop("SF_ACCESS_TOKEN", None)
    done = subprocess.run(
        command, cwd=pytester_file.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert "2 passed" in done.stdout, done.stdout


@pytest.fixture
def pytester_file(tmp_path: Path) -> Path:
    """A test file of somebody else, in a folder of its own."""
    return tmp_path / "test_theirs.py"


def test_orgs_with_options_of_their_own(start_salesforce_org: StartSandbox) -> None:
    assert start_salesforce_org(SandboxOptions(api_limit=7)).org.options.api_limit == 7


def test_a_run_without_an_org_does_not_load_the_server() -> None:
    script = f"import sys, salesforce_sandbox.pytest_plugin; print([one for one in {HEAVY!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_name_that_the_package_does_not_have_is_an_error() -> None:
    import salesforce_sandbox

    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        _ = salesforce_sandbox.Nope


@pytest.mark.parametrize("client", CLIENTS)
def test_a_shell_reads_the_lines_of_each_client(sandbox: Sandbox, client: str) -> None:
    facts = {"url": sandbox.url, "ca_file": str(sandbox.ca_file), "token": sandbox.access_token()}
    script = "\n".join([*lines(client, **facts), "env"])
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )

    for name, value in variables(client, **facts).items():
        assert f"{name}={value}\n" in done.stdout
