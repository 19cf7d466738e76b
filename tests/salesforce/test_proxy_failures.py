"""A proxy that hangs up: what was surely not sent is sent again, anything else never blindly.

urllib3 raises the same exception for a proxy that nobody could connect to and for one that hangs up on an answer. Here
the sockets are real, and the org is asked what it holds.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Asked, Gateway, Said, gateway
from tests.salesforce.proxy import At, HangsUp, Proxy, proxy
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import outcomes, write
from ziggy_sf_write.contract import Connection
from ziggy_sf_write.salesforce.failures import NotSent
from ziggy_sf_write.salesforce.transport import Transport

# A match key without values: each item is a create that no key could find again.
BY_ID = {"matchKey": "Id"}
THREE = [{"Name": f"Acme {number}"} for number in range(3)]
KEYED = [{"Ext__c": f"k{number}", "Name": "Acme"} for number in range(3)]

how_it_ends = pytest.mark.parametrize("how", HangsUp)


@pytest.fixture
def before(org: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    with gateway(org, tmp_path) as opened:
        yield opened


@pytest.fixture
def between() -> Iterator[Proxy]:
    with proxy() as opened:
        yield opened


@pytest.fixture
def host(org: Sandbox, before: Gateway, between: Proxy) -> FakeContext:
    """Its connection leads through the proxy to the gateway. It has logged in and described Account already."""
    config = {**before.config, "proxy": f"http://{between.host}"}
    connection = Connection(name="sfDev", type="salesforce", config=config)
    context = FakeContext(connections={"sfDev": connection}, cancelled=ImpatientEvent())
    write(org, [{"Id": None, "Name": "First"}], BY_ID, context)
    org.reset_stats()
    return context


def _saved(org: Sandbox) -> int:
    return sum(record["Name"].startswith("Acme") for record in org.records("Account"))


def _at_the_write(before: Gateway, hang_up: Callable[[], object], *, is_asked: bool = True) -> None:
    """Hangs up once, on the first call that writes: after the org has saved, or before it has heard of it."""
    left = [hang_up]

    def say(asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
        if "composite" not in asked.path or not left:
            return ask_the_org()
        said = ask_the_org() if is_asked else Said()
        left.pop()()
        return said

    before.say = say


class TestBeforeTheTunnelStands:
    @how_it_ends
    @pytest.mark.parametrize("at", At)
    def test_nothing_was_sent_so_a_create_is_sent_again(
        self, org: Sandbox, host: FakeContext, between: Proxy, at: At, how: HangsUp
    ) -> None:
        between.cut(HangsUp.FIN)
        between.hangs_up = (at, how)
        tunnels = len(between.asked)
        assert outcomes(write(org, THREE, BY_ID, host)) == {"written": 3}
        assert len(between.asked) == tunnels + 2
        assert _saved(org) == 3
        assert org.stats().calls["collections_create"] == 1

    def test_a_proxy_that_does_not_answer_is_not_waited_for(self, org: Sandbox, between: Proxy) -> None:
        between.is_silent = True
        transport = Transport(ca_bundle=str(org.ca_file), proxy=f"http://{between.host}")
        with pytest.raises(NotSent, match=rf"no connection to {org.host} \(TimeoutError\)"):
            transport.send("GET", org.host, "/services/data", timeout_s=0.1)
        transport.close()

    def test_a_proxy_that_refuses_has_sent_nothing(self, org: Sandbox, between: Proxy) -> None:
        between.is_closed = True
        transport = Transport(ca_bundle=str(org.ca_file), proxy=f"http://{between.host}")
        with pytest.raises(NotSent, match=f"no connection to {org.host}"):
            transport.send("GET", org.host, "/services/data")
        transport.close()


class TestOnceTheTunnelStands:
    @how_it_ends
    def test_a_create_that_the_org_has_saved_is_not_sent_again(
        self, org: Sandbox, before: Gateway, between: Proxy, host: FakeContext, how: HangsUp
    ) -> None:
        _at_the_write(before, lambda: between.cut(how))
        assert outcomes(write(org, THREE, BY_ID, host)) == {"unknown": 3}
        assert _saved(org) == 3

    @how_it_ends
    def test_a_create_that_the_org_has_not_heard_of_is_not_sent_again_either(
        self, org: Sandbox, before: Gateway, between: Proxy, host: FakeContext, how: HangsUp
    ) -> None:
        """Nobody but the org could tell."""
        _at_the_write(before, lambda: between.cut(how), is_asked=False)
        assert outcomes(write(org, THREE, BY_ID, host)) == {"unknown": 3}
        assert _saved(org) == 0

    @how_it_ends
    def test_a_create_is_not_sent_again_when_its_answer_breaks_off(
        self, org: Sandbox, before: Gateway, between: Proxy, host: FakeContext, how: HangsUp
    ) -> None:
        _at_the_write(before, lambda: between.cut(how, after_bytes=60))
        assert outcomes(write(org, THREE, BY_ID, host)) == {"unknown": 3}
        assert _saved(org) == 3

    @how_it_ends
    def test_after_an_answer_the_next_call_takes_another_tunnel(
        self, org: Sandbox, between: Proxy, host: FakeContext, how: HangsUp
    ) -> None:
        between.cut(how)
        assert outcomes(write(org, THREE, BY_ID, host)) == {"written": 3}
        assert _saved(org) == 3
        assert org.stats().calls["collections_create"] == 1

    @how_it_ends
    @pytest.mark.parametrize("after_bytes", [0, 60])
    def test_an_upsert_by_a_unique_key_is_sent_again(
        self, org: Sandbox, before: Gateway, between: Proxy, host: FakeContext, how: HangsUp, after_bytes: int
    ) -> None:
        _at_the_write(before, lambda: between.cut(how, after_bytes=after_bytes))
        result = write(org, KEYED, {"matchKey": "Ext__c"}, host)
        assert outcomes(result) == {"written": 3}
        assert _saved(org) == 3
        assert org.stats().calls["collections_upsert"] == 2
