"""Connections to a sandbox org, one for each kind of login, and the run of a block against it."""

from collections.abc import Mapping, Sequence

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Gateway
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.planted import assert_no_secret
from ziggy_sf_write.contract import BlockResult, Connection, Edge, JsonValue
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.executor import execute


def password_config(org: Sandbox) -> dict[str, JsonValue]:
    login = org.login
    return {**_where(org), "username": login.username, "password": login.password, "token": login.token}


def client_credentials_config(org: Sandbox) -> dict[str, JsonValue]:
    return {**_where(org), "consumerKey": org.login.consumer_key, "consumerSecret": org.login.consumer_secret}


def jwt_config(org: Sandbox) -> dict[str, JsonValue]:
    login = org.login
    return {
        **_where(org),
        "username": login.username,
        "consumerKey": login.consumer_key,
        "privateKey": login.private_key_pem,
    }


def access_token_config(org: Sandbox) -> dict[str, JsonValue]:
    return {"accessToken": org.access_token(), "instanceUrl": org.url, "caBundle": str(org.ca_file)}


def context_for(org: Sandbox, **settings: JsonValue) -> FakeContext:
    """A host whose one connection, `sfDev`, leads to the org."""
    connection = Connection(name="sfDev", type="salesforce", config=client_credentials_config(org))
    return FakeContext(connections={"sfDev": connection}, **settings)


def context_through(gateway: Gateway, **settings: JsonValue) -> FakeContext:
    """A host whose `sfDev` leads through a gateway; its waits end at once."""
    connection = Connection(name="sfDev", type="salesforce", config=gateway.config)
    return FakeContext(connections={"sfDev": connection}, cancelled=ImpatientEvent(), **settings)


def write(
    org: Sandbox, items: Sequence[JsonValue], config: Mapping[str, JsonValue], context: FakeContext | None = None
) -> BlockResult:
    """Runs the block over an edge with these items; the connection and Account need not be named."""
    full = {"connection": "sfDev", "object": "Account", **config}
    host = context or context_for(org)
    try:
        result = execute(full, [Edge(index=0, items=items)], host)
    except WriteBlockError as err:
        assert_no_secret(str(err), err.report, _kept(host))
        raise
    assert_no_secret(result.outputs, result.report, _kept(host))
    return result


def _kept(host: FakeContext) -> list[JsonValue]:
    return [record.data for record in host.store.records.values()]


def outcomes(result: BlockResult) -> dict[str, int]:
    """The counts of a result's report that are not zero, without `received`."""
    assert result.report is not None
    return {name: count for name, count in result.report["counts"].items() if count and name != "received"}


def _where(org: Sandbox) -> dict[str, JsonValue]:
    return {"domain": org.host, "caBundle": str(org.ca_file)}
