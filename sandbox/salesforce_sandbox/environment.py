"""The environment variables under which clients trust the org and find their way in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client: its variables, whose values have {url}, {ca_file} and {token}, and what to do under them."""

    title: str
    variables: Mapping[str, str]
    then: str


_WAY_IN = {"SF_INSTANCE_URL": "{url}", "SF_ACCESS_TOKEN": "{token}"}
_IN_PYTHON = 'instance_url=os.environ["SF_INSTANCE_URL"], session_id=os.environ["SF_ACCESS_TOKEN"]'
_IN_NODE = "instanceUrl: process.env.SF_INSTANCE_URL, accessToken: process.env.SF_ACCESS_TOKEN"
CLIENTS: dict[str, Client] = {
    "python": Client(
        title="Python: requests, simple-salesforce, urllib",
        variables={**_WAY_IN, "REQUESTS_CA_BUNDLE": "{ca_file}", "SSL_CERT_FILE": "{ca_file}"},
        then=f"Salesforce({_IN_PYTHON})",
    ),
    "node": Client(
        title="JavaScript: jsforce",
        variables={**_WAY_IN, "NODE_EXTRA_CA_CERTS": "{ca_file}"},
        then=f"new Connection({{{_IN_NODE}}})",
    ),
    "sf": Client(
        title="Salesforce CLI",
        variables={
            "SF_ACCESS_TOKEN": "{token}",
            "NODE_EXTRA_CA_CERTS": "{ca_file}",
            "SF_DISABLE_TELEMETRY": "true",
            "SF_AUTOUPDATE_DISABLE": "true",
        },
        then="sf org login access-token --instance-url {url} --no-prompt --alias sandbox",
    ),
    "curl": Client(
        title="curl",
        variables={**_WAY_IN, "CURL_CA_BUNDLE": "{ca_file}"},
        then='curl -H "Authorization: Bearer $SF_ACCESS_TOKEN" "$SF_INSTANCE_URL/services/data/v67.0/limits"',
    ),
}


def variables(client: str, *, url: str, ca_file: str, token: str) -> dict[str, str]:
    """The variables of one client with their values."""
    facts = {"url": url, "ca_file": ca_file, "token": token}
    return {name: value.format(**facts) for name, value in CLIENTS[client].variables.items()}


def everything(*, url: str, ca_file: str, token: str) -> dict[str, str]:
    """The variables of all clients together; no two of them disagree."""
    found: dict[str, str] = {}
    for client in CLIENTS:
        found |= variables(client, url=url, ca_file=ca_file, token=token)
    return found


def lines(client: str, *, url: str, ca_file: str, token: str) -> list[str]:
    """What a shell reads to set them, and in a comment what comes next."""
    found = variables(client, url=url, ca_file=ca_file, token=token)
    then = CLIENTS[client].then.replace("{url}", url)
    return [*(f"export {name}='{value}'" for name, value in found.items()), f"# {then}"]
