"""The way to an org: what is sent along, what is made of odd answers, how long one waits and what is remembered."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.salesforce.gateway import Asked, Gateway, Said, gateway
from tests.salesforce.proxy import proxy
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import client_credentials_config, context_for, outcomes, write
from ziggy_sf_write import __version__
from ziggy_sf_write.contract import Connection
from ziggy_sf_write.errors import AccessError, LoginError, UnreachableError
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.collections import SaveOptions, create
from ziggy_sf_write.salesforce.describe import FRESH_FOR_S, Catalog
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped, parse_errors
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects
from ziggy_sf_write.salesforce.org import ORGS, Org, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds
from ziggy_sf_write.salesforce.soql import run_query

BY_KEY = {"matchKey": "Ext__c"}
ONE = [{"Ext__c": "a", "Name": "x"}]


class PatientInName(ImpatientEvent):
    """Remembers how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        return super().wait(timeout)


class StopsAfterTheWait(ImpatientEvent):
    """A stop that comes when the first wait has just ended."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return False


class StopsInTheWait(ImpatientEvent):
    """A stop that comes during the first wait."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


@pytest.fixture
def before(org: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    with gateway(org, tmp_path) as opened:
        yield opened


def _through(before: Gateway, **settings: Any) -> FakeContext:
    connection = Connection(name="sfDev", type="salesforce", config=before.config)
    return FakeContext(connections={"sfDev": connection}, cancelled=ImpatientEvent(), **settings)


def _client(org: Sandbox, *, clock: Callable[[], float] | None = None, **bounds: Any) -> OrgClient:
    way = Org(client_credentials_config(org))
    if clock is not None:
        way.catalog = Catalog(clock)
    return OrgClient(way, bounds=Bounds(**bounds), cancelled=ImpatientEvent())


@pytest.fixture
def client(org: Sandbox) -> Iterator[OrgClient]:
    opened = _client(org)
    yield opened
    opened.org.close()


class TestWhatIsSentAlong:
    def test_every_call_bears_our_name(self, before: Gateway, org: Sandbox) -> None:
        write(org, ONE, BY_KEY, _through(before))
        assert {one.headers["user-agent"] for one in before.asked} == {f"ziggy-sf-write/{__version__}"}

    def test_a_key_travels_in_the_body_never_in_a_path(self, before: Gateway, org: Sandbox) -> None:
        for api in ("collections", "bulk"):
            write(org, [{"Ext__c": "k-in-body", "Name": "x"}], {**BY_KEY, "advanced": {"api": api}}, _through(before))
        assert not [one.path for one in before.asked if "k-in-body" in one.path]

    def test_large_bodies_are_compressed_small_ones_are_not(self, before: Gateway, org: Sandbox) -> None:
        write(org, ONE, BY_KEY, _through(before))
        write(org, [{"Ext__c": str(number), "Name": "x" * 50} for number in range(100)], BY_KEY, _through(before))
        small, large = (one for one in before.asked if "composite" in one.path)
        assert "content-encoding" not in small.headers
        assert large.headers["content-encoding"] == "gzip"
        assert len(json.loads(gzip.decompress(large.body))["records"]) == 100

    @pytest.mark.parametrize("name", ["Lead", "Case"])
    def test_the_assignment_rule_goes_with_each_collections_call(
        self, before: Gateway, org: Sandbox, name: str
    ) -> None:
        item = {"LastName": "L", "Company": "C"} if name == "Lead" else {"Subject": "S"}
        config = {"object": name, "matchKey": "Id", "advanced": {"assignmentRuleId": "01Q300000005lDg"}}
        assert outcomes(write(org, [item], config, _through(before))) == {"written": 1}
        assert [one["sforce-auto-assign"] for one in before.headers_of("composite")] == ["01Q300000005lDg"]

    def test_the_assignment_rule_goes_into_the_declaration_of_a_bulk_job(self, before: Gateway, org: Sandbox) -> None:
        item = {"Ext__c": "a", "LastName": "L", "Company": "C"}
        advanced = {"api": "bulk", "assignmentRuleId": "01Q300000005lDg"}
        config = {"object": "Lead", **BY_KEY, "advanced": advanced}
        assert outcomes(write(org, [item], config, _through(before))) == {"written": 1}
        declared = next(one for one in before.asked if one.method == "POST" and one.path.endswith("jobs/ingest"))
        assert json.loads(declared.body)["assignmentRuleId"] == "01Q300000005lDg"

    def test_without_the_settings_no_such_header_is_sent(self, before: Gateway, org: Sandbox) -> None:
        write(org, ONE, BY_KEY, _through(before))
        (sent,) = before.headers_of("composite")
        assert {"sforce-auto-assign", "sforce-duplicate-rule-header"}.isdisjoint(sent)


class TestOddAnswers:
    def _answers(self, part: str, said: Said) -> Callable[[Asked, Callable[[], Said]], Said]:
        return lambda asked, ask_the_org: said if part in asked.path else ask_the_org()

    def test_another_number_of_results_tells_nothing_about_any_record(self, before: Gateway, org: Sandbox) -> None:
        def one_less(asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
            said = ask_the_org()
            return Said(body=json.dumps(json.loads(said.body)[1:]).encode()) if "composite" in asked.path else said

        before.say = one_less
        items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y"}]
        result = write(org, items, BY_KEY, _through(before))
        assert outcomes(result) == {"unknown": 2}
        assert result.report is not None
        assert "another number of results" in result.report["notWritten"][0]["errors"][0]["message"]

    def test_a_redirect_is_not_followed_so_no_other_host_gets_the_session(
        self, before: Gateway, org: Sandbox, tmp_path: Path
    ) -> None:
        (tmp_path / "other").mkdir()
        with gateway(org, tmp_path / "other") as other:
            target = {"Location": f"https://{other.host}/services/data/v68.0/composite/sobjects"}
            before.say = self._answers("composite", Said(status=307, headers=target))
            result = write(org, ONE, BY_KEY, _through(before))
            assert outcomes(result) == {"failed": 1}
            assert result.report is not None
            assert f"redirect to {other.host}" in result.report["notWritten"][0]["errors"][0]["message"]
        assert other.asked == []

    @pytest.mark.parametrize("status", [403, 405])
    def test_a_call_that_the_user_may_not_make_ends_the_run(self, before: Gateway, org: Sandbox, status: int) -> None:
        body = json.dumps([{"errorCode": "NOT_ALLOWED", "message": "The feature is switched off"}]).encode()
        before.say = self._answers("composite", Said(status=status, body=body))
        with pytest.raises(AccessError, match=r"may not write `Account`.*The feature is switched off"):
            write(org, ONE, BY_KEY, _through(before))

    def test_an_object_that_is_gone_ends_the_run(self, before: Gateway, org: Sandbox) -> None:
        body = json.dumps({"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}).encode()
        before.say = self._answers("composite", Said(status=404, body=body))
        with pytest.raises(AccessError, match=r"no longer there.*does not exist.*Choose the object"):
            write(org, ONE, BY_KEY, _through(before))

    def test_a_session_that_is_never_accepted_ends_the_run_after_one_more_login(self, org: Sandbox) -> None:
        org.inject("expired_session", kinds=("collections_upsert",))
        with pytest.raises(LoginError, match=r"not even a new one.*INVALID_SESSION_ID"):
            write(org, ONE, BY_KEY, context_for(org, cancelled=ImpatientEvent()))
        assert org.stats().calls["oauth_token"] == 2

    def test_a_session_that_has_let_others_in_may_end_again(self, before: Gateway, org: Sandbox) -> None:
        """Many calls share it, so one of them may meet the end of the next one, too."""
        host = _through(before)
        ended = json.dumps([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]).encode()
        tries: list[Asked] = []

        def say(asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
            if "composite" not in asked.path:
                return ask_the_org()
            tries.append(asked)
            if len(tries) == 2:
                other = OrgClient(ORGS.org(host.connection("sfDev")), bounds=Bounds(), cancelled=ImpatientEvent())
                other.call(Call(kind="limits", method="GET", path="limits"))
            return ask_the_org() if len(tries) > 2 else Said(status=401, body=ended)

        before.say = say
        assert outcomes(write(org, ONE, BY_KEY, host)) == {"written": 1}

    def test_a_login_that_is_refused_in_mid_run_is_tried_once_for_all_threads_and_by_the_next_run(
        self, before: Gateway, org: Sandbox, tmp_path: Path
    ) -> None:
        (tmp_path / "both.pem").write_text(Path(org.ca_file).read_text() + before.ca_file.read_text())
        config = {**client_credentials_config(org), "domain": before.host, "caBundle": str(tmp_path / "both.pem")}
        config["trustedHosts"] = org.host
        connection = Connection(name="sfDev", type="salesforce", config=config)
        host = FakeContext(connections={"sfDev": connection}, cancelled=ImpatientEvent())
        write(org, ONE, BY_KEY, host)
        before.asked.clear()
        body = json.dumps({"error": "invalid_grant", "error_description": "authentication failure"}).encode()
        before.say = self._answers("oauth2/token", Said(status=400, body=body))
        org.inject("expired_session", kinds=("collections_upsert",))
        items = [{"Ext__c": f"a{number}", "Name": "x"} for number in range(5_000)]
        with pytest.raises(LoginError, match="authentication failure") as caught:
            write(org, items, {**BY_KEY, "advanced": {"concurrency": 25, "api": "collections"}}, host)
        assert len(before.headers_of("oauth2/token")) == 1
        assert caught.value.report is not None
        assert caught.value.report["apiCalls"]["byKind"]["login"] == 1
        org.clear_faults()
        before.say = lambda _asked, ask_the_org: ask_the_org()
        assert outcomes(write(org, ONE, BY_KEY, host)) == {"written": 1}

    def test_a_describe_that_is_refused_for_another_reason_ends_the_run(self, before: Gateway, org: Sandbox) -> None:
        body = json.dumps([{"errorCode": "UNKNOWN_EXCEPTION", "message": "oops"}]).encode()
        before.say = self._answers("describe", Said(status=500, body=body))
        with pytest.raises(AccessError, match="oops"):
            write(org, ONE, BY_KEY, _through(before))

    def test_usage_that_an_answer_does_not_tell_stays_as_it_was(self, before: Gateway, org: Sandbox) -> None:
        def without_usage(asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
            said = ask_the_org()
            kept = {name: value for name, value in said.headers.items() if name.lower() != "sforce-limit-info"}
            return Said(status=said.status, body=said.body, headers=kept if "composite" in asked.path else said.headers)

        before.say = without_usage
        result = write(org, ONE, BY_KEY, _through(before))
        assert result.report is not None
        assert (result.report["apiCalls"]["orgUsed"], result.report["apiCalls"]["orgLimit"]) == (1, 100_000)

    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            ({"error": "invalid_grant", "error_description": "no"}, "invalid_grant"),
            ([{"statusCode": "STRING_TOO_LONG", "message": "long"}], "STRING_TOO_LONG"),
            ([{"errorCode": "X", "message": "x"}, "nonsense"], "X"),
            ({}, "UNKNOWN"),
            (["nonsense"], "HTTP_500"),
            ([], "HTTP_500"),
            (b"<html>", "HTTP_500"),
        ],
    )
    def test_errors_are_read_in_every_shape(self, payload: Any, code: str) -> None:
        assert parse_errors(payload, 500)[0].code == code


VERSIONS = {
    "not JSON": (Said(body=b"<html>Welcome</html>"), UnreachableError),
    "other JSON": (Said(body=b'{"hello": "world"}'), UnreachableError),
    "not numbers": (Said(body=b'[{"version": "next"}]'), UnreachableError),
    "a page of a gateway": (Said(status=503), NotSent),
}


@pytest.mark.parametrize(("said", "kind"), VERSIONS.values(), ids=VERSIONS.keys())
def test_a_host_that_lists_no_versions_is_no_org_or_not_for_now(
    before: Gateway, said: Said, kind: type[Exception]
) -> None:
    before.say = lambda _asked, _ask: said
    client = OrgClient(Org(before.config), bounds=Bounds(max_tries=2), cancelled=ImpatientEvent())
    with pytest.raises(kind, match="does not list its API versions"):
        describe_object(client, "Account")
    client.org.close()


def test_the_newest_version_that_is_known_is_spoken(before: Gateway, org: Sandbox) -> None:
    offered = [{"version": one} for one in ("66.0", "99.0", "67.0")]
    before.say = lambda asked, ask: Said(body=json.dumps(offered).encode()) if asked.path == "/services/data" else ask()
    write(org, ONE, BY_KEY, _through(before))
    assert "/services/data/v67.0/composite/sobjects/Account/Ext__c" in [one.path for one in before.asked]


def test_a_list_of_versions_that_breaks_off_is_asked_for_again(org: Sandbox) -> None:
    org.inject("reset_before_reading", at=(1,), kinds=("versions",))
    assert outcomes(write(org, ONE, BY_KEY, context_for(org, cancelled=ImpatientEvent()))) == {"written": 1}


class TestWaiting:
    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after_is_respected(self, org: Sandbox, status: int) -> None:
        org.inject(f"http_{status}_retry_after", at=(1,), kinds=("collections_upsert",), retry_after_s=17)
        signal = PatientInName()
        assert outcomes(write(org, ONE, BY_KEY, context_for(org, cancelled=signal))) == {"written": 1}
        (waited,) = signal.waits
        assert 17 <= waited <= 18

    def test_a_retry_after_beyond_the_bound_is_not_waited_for(self, org: Sandbox) -> None:
        org.inject("http_429_retry_after", kinds=("collections_upsert",), retry_after_s=3_600)
        signal = PatientInName()
        with pytest.raises(UnreachableError, match="No call is let through for now"):
            write(org, ONE, BY_KEY, context_for(org, cancelled=signal))
        assert signal.waits == []
        assert org.stats().calls["collections_upsert"] == 1

    def test_a_retry_after_may_be_a_date(self, before: Gateway, org: Sandbox) -> None:
        answers = [
            Said(status=429, headers={"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=60))})
        ]
        answers.append(Said(status=429, headers={"Retry-After": "soon"}))
        before.say = lambda asked, ask: answers.pop(0) if "composite" in asked.path and answers else ask()
        signal = PatientInName()
        host = _through(before)
        host.cancelled = signal
        assert outcomes(write(org, ONE, BY_KEY, host)) == {"written": 1}
        assert 50 < signal.waits[0] < 62
        assert signal.waits[1] < 2

    @pytest.mark.parametrize("text", ["", "²", "-1", "1.5", "9" * 5_000, "Mon, 99 Foo 99999 99:99:99 GMT", "0 0 0 0 0"])
    def test_a_retry_after_in_no_form_at_all_is_as_good_as_none(self, before: Gateway, org: Sandbox, text: str) -> None:
        answers = [Said(status=429, headers={"Retry-After": text})]
        before.say = lambda asked, ask: answers.pop(0) if "composite" in asked.path and answers else ask()
        signal = PatientInName()
        host = _through(before)
        host.cancelled = signal
        assert outcomes(write(org, ONE, BY_KEY, host)) == {"written": 1}
        assert signal.waits[0] < 2

    def test_a_call_that_takes_too_long_is_given_up_and_may_have_happened(self, org: Sandbox) -> None:
        client = _client(org, call_timeout_s=0.1, max_tries=1)
        describe_object(client, "Account")
        org.inject("slow_answer", seconds=0.4, kinds=("collections_create",))
        with pytest.raises(AnswerLost, match="did not answer in time"):
            create(client, "Account", [{"Name": "slow"}], SaveOptions())
        client.org.close()

    def test_tries_are_as_many_as_configured(self, org: Sandbox) -> None:
        write(org, ONE, BY_KEY)
        org.reset_stats()
        org.inject("http_503", kinds=("collections_upsert",))
        config = {**BY_KEY, "advanced": {"maxTries": 3}}
        assert outcomes(write(org, ONE, config, context_for(org, cancelled=ImpatientEvent()))) == {"unknown": 1}
        assert org.stats().calls["collections_upsert"] == 3

    @pytest.mark.parametrize(
        ("fault", "outcome"),
        [("http_429", "unprocessed"), ("request_limit_concurrent", "unprocessed"), ("http_503", "unknown"),
         ("answer_lost_after_commit", "unknown")],
    )  # fmt: skip
    def test_a_stop_ends_the_wait_and_what_was_turned_away_untouched_is_unprocessed(
        self, org: Sandbox, fault: str, outcome: str
    ) -> None:
        org.inject(fault, kinds=("collections_upsert",))
        result = write(org, ONE, BY_KEY, context_for(org, cancelled=StopsInTheWait()))
        assert outcomes(result) == {outcome: 1}
        assert org.stats().calls["collections_upsert"] == 1

    def test_a_stop_while_the_org_is_gone_is_a_stop_not_an_error(self, org: Sandbox) -> None:
        context = context_for(org, cancelled=StopsInTheWait())
        context.on_report = lambda progress: self._cut(org) if progress.phase == "match" else None
        assert outcomes(write(org, ONE, BY_KEY, context)) == {"unprocessed": 1}

    def _cut(self, org: Sandbox) -> None:
        org.inject("connection_refused", seconds=60)

    def test_a_stop_after_the_wait_leaves_the_item_unprocessed(self, org: Sandbox) -> None:
        org.inject("http_429", kinds=("collections_upsert",))
        result = write(org, ONE, BY_KEY, context_for(org, cancelled=StopsAfterTheWait()))
        assert outcomes(result) == {"unprocessed": 1}
        assert org.stats().calls["collections_upsert"] == 1

    def test_nothing_is_sent_once_the_run_was_stopped(self, org: Sandbox, client: OrgClient) -> None:
        describe_object(client, "Account")
        org.reset_stats()
        stopped = ImpatientEvent()
        stopped.set()
        with pytest.raises(Stopped):
            OrgClient(client.org, bounds=Bounds(), cancelled=stopped).call(
                Call(kind="query", method="GET", path="query")
            )
        assert org.stats().total_calls == 0


class TestDescribesAreRemembered:
    def test_a_fresh_one_is_not_asked_for(self, org: Sandbox) -> None:
        now = [0.0]
        client = _client(org, clock=lambda: now[0])
        first = describe_object(client, "Account")
        now[0] = FRESH_FOR_S - 1
        assert describe_object(client, "account") is first
        assert org.stats().calls["describe"] == 1
        client.org.close()

    @pytest.mark.parametrize(
        ("read", "kind"),
        [(lambda client: describe_object(client, "Account"), "describe"), (list_objects, "describe_global")],
        ids=["an object", "the list of objects"],
    )
    def test_an_old_one_is_confirmed_not_sent_again(
        self, org: Sandbox, tmp_path: Path, read: Callable[[OrgClient], object], kind: str
    ) -> None:
        now = [0.0]
        with gateway(org, tmp_path) as before:
            way = Org(before.config)
            way.catalog = Catalog(lambda: now[0])
            client = OrgClient(way, bounds=Bounds(), cancelled=ImpatientEvent())
            first = read(client)
            now[0] = FRESH_FOR_S + 1
            assert read(client) is first
            asked = [one.headers.get("if-modified-since") for one in before.asked if "/sobjects" in one.path]
            assert asked[0] is None
            assert asked[1] is not None
            assert read(client) is first
            assert org.stats().calls[kind] == 2
            way.close()

    def test_one_that_has_changed_is_read_anew(self, org: Sandbox) -> None:
        now = [0.0]
        client = _client(org, clock=lambda: now[0])
        first = describe_object(client, "Account")
        now[0] = FRESH_FOR_S + 1
        org.org.started = org.org.started.replace(year=org.org.started.year + 1)
        again = describe_object(client, "Account")
        assert again is not first
        assert again.name == "Account"
        client.org.close()


def test_a_look_up_follows_every_page(org: Sandbox) -> None:
    org.insert("Account", [{"Name": "Two"} for _ in range(2_001)])
    result = write(org, [{"Name": "Two"}], {"matchKey": "Name"})
    assert result.report is not None
    assert "2001 records of Account" in result.report["notWritten"][0]["errors"][0]["message"]
    assert org.stats().calls["query_more"] == 1


def test_a_query_that_the_org_refuses_is_refused_at_once(org: Sandbox, client: OrgClient) -> None:
    with pytest.raises(Refused, match="MALFORMED_QUERY"):
        list(run_query(client, "nonsense"))
    assert org.stats().calls["query"] == 1


class TestProxies:
    @pytest.mark.parametrize(("in_the_url", "said"), [("user:pass", "user:pass"), ("us%40er:p%3Ass", "us@er:p:ss")])
    def test_login_and_data_calls_go_through_the_connections_proxy(
        self, org: Sandbox, in_the_url: str, said: str
    ) -> None:
        with proxy() as between:
            config = {**client_credentials_config(org), "proxy": f"http://{in_the_url}@{between.host}"}
            context = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce", config=config)})
            assert outcomes(write(org, ONE, BY_KEY, context)) == {"written": 1}
            ORGS.clear()
        assert {target for target, _ in between.asked} == {org.host}
        # One tunnel for the login's session, one for the pool of the data calls; both say who asks.
        basic = base64.b64encode(said.encode()).decode()
        assert [who for _, who in between.asked] == [f"Basic {basic}"] * 2

    def test_a_proxy_without_credentials_is_asked_without(self, org: Sandbox) -> None:
        with proxy() as between:
            config = {**client_credentials_config(org), "proxy": f"http://{between.host}"}
            context = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce", config=config)})
            assert outcomes(write(org, ONE, BY_KEY, context)) == {"written": 1}
            ORGS.clear()
        assert {who for _, who in between.asked} == {None}

    def test_a_proxy_that_is_not_there_is_named_as_a_cause(self, org: Sandbox) -> None:
        config = {**client_credentials_config(org), "proxy": "http://127.0.0.1:1"}
        context = FakeContext(
            connections={"sfDev": Connection(name="sfDev", type="salesforce", config=config)},
            cancelled=ImpatientEvent(),
        )
        with pytest.raises(UnreachableError, match=r"cannot be reached.*proxy"):
            write(org, ONE, BY_KEY, context)
        assert org.stats().total_calls == 0


def test_the_certificate_of_the_data_host_is_verified_too(org: Sandbox) -> None:
    with Sandbox(SandboxOptions()) as other:
        config = {"accessToken": "x", "instanceUrl": org.url, "caBundle": str(other.ca_file)}
        client = OrgClient(Org(config), bounds=Bounds(), cancelled=ImpatientEvent())
        with pytest.raises(UnreachableError, match="not signed by an authority"):
            describe_object(client, "Account")
        client.org.close()
    assert org.stats().total_calls == 0


def test_a_connection_of_another_type_is_turned_away() -> None:
    with pytest.raises(UnreachableError, match="`ftp` is of type sftp, not salesforce"):
        require_salesforce(Connection(name="ftp", type="sftp"))
