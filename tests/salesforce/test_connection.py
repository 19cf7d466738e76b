"""Test Connection and where a login goes: what a person reads when it does not work."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Said, gateway
from tests.salesforce.proxy import proxy
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import access_token_config, client_credentials_config, password_config, write
from ziggy_sf_write.contract import Config, Connection
from ziggy_sf_write.errors import ConfigError, UnreachableError
from ziggy_sf_write.salesforce import bulk
from ziggy_sf_write.salesforce.bulk import JobState
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.connection import try_connection
from ziggy_sf_write.salesforce.describe import Operation
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent
from ziggy_sf_write.salesforce.login import log_in, login_http
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import Bounds


class TestTestConnection:
    def test_an_incomplete_one_says_what_is_missing_and_asks_nobody(self, org: Sandbox) -> None:
        report = try_connection({"consumerKey": "k", "consumerSecret": "s"})
        assert not report.is_ok
        assert "`domain` is missing" in report.message
        assert org.stats().total_calls == 0

    def test_a_refused_login_is_told_with_its_cure(self, org: Sandbox) -> None:
        report = try_connection({**client_credentials_config(org), "consumerSecret": "wrong"})
        assert not report.is_ok
        assert "consumer key or secret is wrong" in report.message

    def test_an_org_that_does_not_answer_is_named(self, org: Sandbox) -> None:
        report = try_connection({**client_credentials_config(org), "domain": "127.0.0.1:1"})
        assert not report.is_ok
        assert "127.0.0.1:1 does not answer" in report.message

    def test_an_identity_that_is_refused_is_told(self, org: Sandbox, tmp_path: Path) -> None:
        body = json.dumps([{"errorCode": "FORBIDDEN", "message": "no"}]).encode()
        with gateway(org, tmp_path) as before:
            before.say = lambda asked, ask: Said(status=403, body=body) if "userinfo" in asked.path else ask()
            report = try_connection(before.config)
        assert not report.is_ok
        assert "does not say who the user is (status 403)" in report.message

    def test_a_password_that_yaml_takes_for_a_number_is_not_shown(self) -> None:
        report = try_connection({"username": "me@example.com", "password": 73519284, "token": ""})
        assert report.message == "`password` is a whole number, not shown here, but it must be a text."

    def test_a_token_with_a_line_break_behind_it_is_as_good_as_without(self, org: Sandbox) -> None:
        config = access_token_config(org)
        report = try_connection({**config, "accessToken": f" {config['accessToken']}\n"})
        assert report.is_ok, report.message

    @pytest.mark.parametrize("token", ["00D\nplanted-Secret-1", "00D\0planted-Secret-1", "“planted-Secret-1”"])
    def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(self, org: Sandbox, token: str) -> None:
        report = try_connection({**access_token_config(org), "accessToken": token})
        assert (report.is_ok, "planted" in report.message) == (False, False)
        assert "`accessToken` holds a line break, a blank or another character that no token has" in report.message

    @pytest.mark.parametrize("proxy", ["127.0.0.1:3128", "me:planted-Secret-1@127.0.0.1:3128", "socks5://127.0.0.1"])
    def test_a_proxy_that_is_no_url_is_refused_with_an_example(self, org: Sandbox, proxy: str) -> None:
        report = try_connection({**client_credentials_config(org), "proxy": proxy})
        assert report.message == (
            "`proxy` is a text, not shown here, but it must look like http://proxy.example.com:3128."
        )

    @pytest.mark.parametrize("proxy", ["http://me:planted-Secret-1@h:99999", "http://me:planted/Secret@h", "http://@"])
    def test_a_proxy_that_cannot_be_read_is_refused_and_not_shown(self, org: Sandbox, proxy: str) -> None:
        report = try_connection({**access_token_config(org), "proxy": proxy})
        assert "`proxy` is no URL that can be read. It must look like http://" in report.message
        assert "planted" not in report.message

    @pytest.mark.parametrize("config_of", [access_token_config, client_credentials_config])
    def test_a_ca_bundle_that_is_not_there_is_named(self, org: Sandbox, config_of: Callable[[Sandbox], Config]) -> None:
        report = try_connection({**config_of(org), "caBundle": "/no/such.pem"})
        assert report.message == (
            "`caBundle` is /no/such.pem, which cannot be read: No such file or directory. "
            "Correct the path or the permissions."
        )

    def test_a_ca_bundle_without_a_certificate_is_named(self, org: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_text("no certificate")
        report = try_connection({**access_token_config(org), "caBundle": str(tmp_path / "key.pem")})
        assert "key.pem, which holds no certificate. It must be a PEM file" in report.message

    def test_a_run_over_a_wrong_setting_ends_before_it_begins(self, org: Sandbox) -> None:
        config = {**client_credentials_config(org), "caBundle": "/no/such.pem"}
        host = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce", config=config)})
        with pytest.raises(ConfigError, match=r"Connection `sfDev`: `caBundle` is /no/such\.pem, which cannot be read"):
            write(org, [{"Name": "Acme"}], {"matchKey": "Id"}, host)


DOMAINS = {
    "login": "login.salesforce.com:443",
    "test": "test.salesforce.com:443",
    "acme": "acme.my.salesforce.com:443",
    "acme.my": "acme.my.salesforce.com:443",
    "acme.my.salesforce.com": "acme.my.salesforce.com:443",
    "https://acme.my.salesforce.com/": "acme.my.salesforce.com:443",
    "acme--uat.sandbox.my.salesforce.com": "acme--uat.sandbox.my.salesforce.com:443",
    "crm.example.org": "crm.example.org:443",
    "https://crm.example.org:8443/": "crm.example.org:8443",
}


@pytest.mark.parametrize(("domain", "host"), DOMAINS.items())
def test_a_login_goes_to_the_host_that_the_domain_means(org: Sandbox, domain: str, host: str) -> None:
    """Asked of a proxy that lets nobody out."""
    with proxy(is_closed=True) as between:
        config = {**password_config(org), "domain": domain, "proxy": f"http://{between.host}"}
        with pytest.raises(NotSent, match="does not answer"):
            log_in(config)
    assert {target for target, _ in between.asked} == {host}


def test_without_a_domain_a_login_goes_to_production(org: Sandbox) -> None:
    with proxy(is_closed=True) as between:
        config = {**password_config(org), "proxy": f"http://{between.host}"}
        del config["domain"]
        with pytest.raises(NotSent, match=r"login\.salesforce\.com does not answer"):
            log_in(config)
    assert {target for target, _ in between.asked} == {"login.salesforce.com:443"}


def test_a_time_out_that_a_login_asks_for_is_kept(org: Sandbox) -> None:
    org.inject("slow_answer", seconds=0.5)
    with login_http({"caBundle": str(org.ca_file)}) as http, pytest.raises(OSError, match="timed out"):
        http.get(f"{org.url}/services/data", timeout=0.1)


class TestBulkCalls:
    @pytest.fixture
    def client(self, org: Sandbox) -> OrgClient:
        return OrgClient(Org(client_credentials_config(org)), bounds=Bounds(), cancelled=ImpatientEvent())

    def _job(self, client: OrgClient) -> str:
        job_id = bulk.create_job(client, "Account", Operation.UPSERT, key_field="Ext__c", assignment_rule_id=None)
        bulk.upload(client, job_id, b"Ext__c,Name\na,x\n")
        return job_id

    def test_a_job_that_has_ended_is_left_as_it_is_by_an_abort(self, client: OrgClient, org: Sandbox) -> None:
        job_id = self._job(client)
        bulk.abort(client, job_id)
        bulk.abort(client, job_id)
        assert bulk.read_job(client, job_id).state is JobState.ABORTED
        client.org.close()

    def test_a_job_that_is_gone_needs_no_abort(self, client: OrgClient, org: Sandbox) -> None:
        bulk.abort(client, "750000000000000AAA")
        client.org.close()

    def test_an_answer_that_is_no_json_is_as_good_as_lost(self, org: Sandbox, tmp_path: Path) -> None:
        with gateway(org, tmp_path) as before:
            before.say = lambda asked, ask: Said(body=b"<html>") if "/query" in asked.path else ask()
            client = OrgClient(Org(before.config), bounds=Bounds(max_tries=1), cancelled=ImpatientEvent())
            with pytest.raises(AnswerLost, match="was cut short"):
                client.call(Call(kind="query", method="GET", path="query"))
            client.org.close()


def test_a_host_whose_certificate_is_not_trusted_is_named_when_a_login_is_tried(org: Sandbox) -> None:
    config = {name: value for name, value in password_config(org).items() if name != "caBundle"}
    with pytest.raises(UnreachableError, match=f"certificate of {org.host} is not signed"):
        log_in(config)
