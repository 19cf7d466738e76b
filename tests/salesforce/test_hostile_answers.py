"""An org, a gateway or a proxy that answers nonsense: one clear error, no secret elsewhere, no memory, no traceback."""

import gzip
import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Asked, Gateway, Said, gateway
from tests.support.orgs import client_credentials_config, context_through, jwt_config, outcomes, password_config, write
from ziggy_sf_write.errors import LoginError, WriteBlockError
from ziggy_sf_write.salesforce.login import log_in

BY_KEY = {"matchKey": "Ext__c", "advanced": {"maxTries": 1, "doubtTime": 1}}
ONE = [{"Ext__c": "a", "Name": "x"}]
LOGINS: dict[str, Callable[[Sandbox], dict[str, Any]]] = {
    "password": password_config,
    "client credentials": client_credentials_config,
    "JWT bearer": jwt_config,
}


@pytest.fixture
def before(org: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    with gateway(org, tmp_path) as opened:
        yield opened


def _at(part: str, said: Said) -> Callable[[Asked, Callable[[], Said]], Said]:
    return lambda asked, ask_the_org: said if part in asked.path else ask_the_org()


class TestALoginThatIsSentElsewhere:
    @pytest.mark.parametrize("kind", LOGINS)
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("scheme", ["https", "http"])
    def test_by_a_redirect_is_not_followed(
        self, org: Sandbox, before: Gateway, tmp_path: Path, kind: str, status: int, scheme: str
    ) -> None:
        (tmp_path / "other").mkdir()
        with gateway(org, tmp_path / "other") as other:
            (tmp_path / "both.pem").write_text(before.ca_file.read_text() + other.ca_file.read_text())
            before.say = lambda _asked, _org: Said(
                status=status, headers={"Location": f"{scheme}://{other.host}/steal"}
            )
            config = {**LOGINS[kind](org), "domain": before.host, "caBundle": str(tmp_path / "both.pem")}
            with pytest.raises(LoginError, match=f"answered by a redirect to {other.host}") as caught:
                log_in(config)
        assert other.asked == []
        assert len(before.asked) == 1
        assert "steal" not in str(caught.value)

    @pytest.mark.parametrize("kind", LOGINS)
    def test_by_its_answer_is_refused_unless_the_connection_names_the_host(
        self, org: Sandbox, before: Gateway, tmp_path: Path, kind: str
    ) -> None:
        (tmp_path / "both.pem").write_text(before.ca_file.read_text() + Path(org.ca_file).read_text())
        config = {**LOGINS[kind](org), "domain": before.host, "caBundle": str(tmp_path / "both.pem")}
        with pytest.raises(LoginError, match=f"sends data calls to {org.host}, which is no host of Salesforce"):
            log_in(config)
        for trusted in (org.host, f"x.example.com, {org.host}", "127.0.0.1"):
            assert log_in({**config, "trustedHosts": trusted}).host == org.host

    @pytest.mark.parametrize(
        ("host", "is_trusted"),
        [
            ("acme.my.salesforce.com", True),
            ("acme--dev.sandbox.my.salesforce.com:443", True),
            ("acme.my.salesforce.mil", True),
            ("evilsalesforce.com", False),
            ("salesforce.com.evil.example", False),
            ("evil.example", False),
        ],
    )
    def test_only_hosts_of_salesforce_are_salesforces(
        self, org: Sandbox, before: Gateway, host: str, *, is_trusted: bool
    ) -> None:
        said = json.dumps({"access_token": "t", "instance_url": f"https://{host}"}).encode()
        before.say = _at("oauth2/token", Said(body=said, headers={"Content-Type": "application/json"}))
        config = {**client_credentials_config(org), "domain": before.host, "caBundle": str(before.ca_file)}
        if is_trusted:
            assert log_in(config).host == host
        else:
            with pytest.raises(LoginError, match="no host of Salesforce"):
                log_in(config)


NONSENSE = {
    "null": b"null",
    "a number": b"5",
    "a text": b'"x"',
    "rows of null": b"[null]",
    "rows without anything": b"[{}]",
    "a success without an Id": b'[{"success": true}]',
    "rows of texts": b'["x"]',
    "nested without end": b"[" * 100_000,
    "half a number": b"[1e",
    "no text at all": bytes(range(256)),
}


def _run(org: Sandbox, config: dict[str, Any], before: Gateway) -> tuple[str, Any]:
    """What the run ends with, if it does, and its report."""
    try:
        return "", write(org, ONE, config, context_through(before)).report
    except WriteBlockError as err:
        return str(err), err.report


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("part", ["composite", "/describe", "/query"])
def test_nonsense_costs_one_clear_error(before: Gateway, org: Sandbox, part: str, body: bytes) -> None:
    before.say = _at(part, Said(body=body, headers={"Content-Type": "application/json"}))
    config = {**BY_KEY, "matchKey": "Name"} if part == "/query" else BY_KEY
    said, report = _run(org, config, before)
    assert "internal error" not in said
    counts = report["counts"]
    assert counts["received"] == 1
    assert counts["written"] == 0


@pytest.mark.slow
def test_a_small_answer_that_grows_is_cut(before: Gateway, org: Sandbox) -> None:
    body = gzip.compress(b"[" + b" " * 300_000_000 + b"]", 9)
    assert len(body) < 400_000
    before.say = _at("composite", Said(body=body, headers={"Content-Encoding": "gzip"}))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = write(org, ONE, BY_KEY, context_through(before))
    assert outcomes(result) == {"unknown": 1}
    assert result.report is not None
    assert "is larger than 64 MB" in result.report["notWritten"][0]["errors"][0]["message"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 250_000


@pytest.mark.parametrize("told", ["²", "-1", "1e9", "soon", "9" * 400, "Wed, 21 Oct 9999 07:28:00 GMT", ""])
def test_a_retry_after_of_any_form_ends_no_run(before: Gateway, org: Sandbox, told: str) -> None:
    answers = iter([Said(status=503, headers={"Retry-After": told.encode("utf-8").decode("latin-1")})])

    def say(asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
        return next(answers, None) or ask_the_org() if "composite" in asked.path else ask_the_org()

    before.say = say
    result = outcomes(write(org, ONE, {"matchKey": "Ext__c"}, context_through(before)))
    # A pause beyond the bounds is not kept, and whether the item was saved is not known.
    assert result == ({"unknown": 1} if "999" in told else {"written": 1})
