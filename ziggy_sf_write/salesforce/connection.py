"""Test Connection: whether a connection lets anyone in, and whom."""

import threading

from ziggy_sf_write.contract import Config, ConnectionReport, HostError, JsonValue
from ziggy_sf_write.errors import ConfigError, LoginError
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.failures import CallFailed, Refused
from ziggy_sf_write.salesforce.login import LoginKind, connection_problems, login_kind
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import Bounds
from ziggy_sf_write.salesforce.soql import ORGANIZATION_QUERY, run_query

# A person waits for the answer.
_TEST_BOUNDS = Bounds(call_timeout_s=20, max_tries=2, max_retry_time_s=5)

SOAP_WARNING = (
    "Username and password log in through SOAP, which retires with Summer '27. "
    "Change this connection to client credentials or JWT bearer before then."
)


def try_connection(config: Config) -> ConnectionReport:
    """Logs in, once and past the cache, and names org, user, version and calls left, or says what is wrong."""
    org: Org | None = None
    try:
        problems = connection_problems(config)
        if problems:
            raise ConfigError(problems)
        org = Org(config)
        facts = _facts(OrgClient(org, bounds=_TEST_BOUNDS, cancelled=threading.Event()))
    except (HostError, CallFailed) as err:
        return ConnectionReport(is_ok=False, message=str(err))
    finally:
        if org is not None:
            org.close()
    warnings = (SOAP_WARNING,) if login_kind(config) is LoginKind.PASSWORD else ()
    message = f"Connected to {facts['org']} as {facts['user']}."
    return ConnectionReport(is_ok=True, message=message, facts=facts, warnings=warnings)


def _facts(client: OrgClient) -> dict[str, JsonValue]:
    organization = next(run_query(client, ORGANIZATION_QUERY))
    try:
        userinfo = client.call(Call(kind="userinfo", method="GET", path="/services/oauth2/userinfo")).payload
    except Refused as err:
        raise LoginError(f"Salesforce does not say who the user is (status {err.status}).") from err
    usage = client.org.usage
    return {
        "org": organization["Name"],
        "user": userinfo["preferred_username"],
        "apiVersion": client.org.session(client.count).version,
        "remainingApiCalls": usage.limit - usage.used if usage else None,
    }
