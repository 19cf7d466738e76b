"""SOAP login, OAuth grants and sessions."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.org import USER_ID, Org
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import Api

SOAP = (
    '<?xml version="1.0" encoding="utf-8" ?><{p}:Envelope xmlns:{p}="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:urn="urn:partner.soap.sforce.com"><{p}:Header>{header}</{p}:Header><{p}:Body><urn:login>'
    "<urn:username>{username}</urn:username><urn:password>{password}</urn:password></urn:login></{p}:Body></{p}:Envelope>"
)


def soap_login(
    org: Sandbox, *, password: str, version: str = "59.0", prefix: str = "env", header: str = ""
) -> requests.Response:
    body = SOAP.format(p=prefix, username=org.login.username, password=password, header=header)
    headers = {"content-type": "text/xml", "SOAPAction": "login", "charset": "UTF-8"}
    return Api(org=org).call("POST", f"/services/Soap/u/{version}", data=body, headers=headers)


def token(org: Sandbox, form: dict[str, str], **options: object) -> requests.Response:
    api = Api(org=org)
    del api.session.headers["Authorization"]
    return api.call("POST", "/services/oauth2/token", data=form, **options)


def works(org: Sandbox, access_token: str) -> bool:
    """Whether a session id opens the client."""
    answer = Api(org=org).get("limits", headers={"Authorization": f"Bearer {access_token}"})
    return answer.status_code == 200


@pytest.mark.parametrize("prefix", ["env", "soapenv"])
def test_soap_login_gives_a_session_whatever_the_prefix(sandbox: Sandbox, prefix: str) -> None:
    answer = soap_login(sandbox, password=sandbox.login.password + sandbox.login.token, prefix=prefix)

    session_id = re.search("<sessionId>(.*)</sessionId>", answer.text)
    server_url = re.search("<serverUrl>(.*)</serverUrl>", answer.text)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml;charset=UTF-8")
    assert session_id is not None
    assert server_url is not None
    assert server_url[1].startswith(f"{sandbox.url}/services/Soap/u/59.0/00D")
    assert works(sandbox, session_id[1])
    assert "Sforce-Limit-Info" not in answer.headers


def test_soap_login_with_an_organization_id_needs_no_token(sandbox: Sandbox) -> None:
    header = "<urn:LoginScopeHeader><urn:organizationId>00DZg9000000001</urn:organizationId></urn:LoginScopeHeader>"

    assert soap_login(sandbox, password=sandbox.login.password, header=header).status_code == 200


@pytest.mark.parametrize(
    ("password", "version", "code"),
    [
        ("wrong", "59.0", "INVALID_LOGIN"),
        (None, "59.0", "LOGIN_MUST_USE_SECURITY_TOKEN"),
        ("x", "65.0", "UNSUPPORTED_API_VERSION"),
    ],
    ids=["wrong password", "no token", "version 65"],
)
def test_soap_login_faults_are_http_500(sandbox: Sandbox, password: str | None, version: str, code: str) -> None:
    answer = soap_login(sandbox, password=password or sandbox.login.password, version=version)

    assert answer.status_code == 500
    assert f"<faultcode>sf:{code}</faultcode>" in answer.text
    assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in answer.text


def test_soap_login_can_be_disabled_in_the_org(start_sandbox: StartSandbox) -> None:
    org = start_sandbox(SandboxOptions(soap_login=False))

    answer = soap_login(org, password=org.login.password + org.login.token)

    assert answer.status_code == 500
    assert "SOAP API login() is disabled by default in this org" in answer.text


def test_soap_logout_ends_the_session(sandbox: Sandbox) -> None:
    session_id = sandbox.access_token()
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><e:Header>'
        f"<SessionHeader><sessionId>{session_id}</sessionId></SessionHeader></e:Header><e:Body><logout/></e:Body></e:Envelope>"
    )

    assert Api(org=sandbox).call("POST", "/services/Soap/u/59.0", data=body).status_code == 200
    assert not works(sandbox, session_id)


@pytest.mark.parametrize("way", ["form", "basic"])
def test_client_credentials_give_a_session(sandbox: Sandbox, way: str) -> None:
    key, secret = sandbox.login.consumer_key, sandbox.login.consumer_secret
    form = {"grant_type": "client_credentials"}
    if way == "form":
        answer = token(sandbox, {**form, "client_id": key, "client_secret": secret})
    else:
        answer = token(sandbox, form, auth=(key, secret))

    body = answer.json()
    assert answer.status_code == 200
    assert set(body) >= {"access_token", "instance_url", "id", "token_type", "issued_at", "signature"}
    assert body["instance_url"] == sandbox.url
    assert re.fullmatch(r"\d{13}", body["issued_at"])
    assert works(sandbox, body["access_token"])


def assertion(org: Sandbox, **changes: object) -> dict[str, str]:
    claims = {
        "iss": org.login.consumer_key,
        "sub": org.login.username,
        "aud": "https://login.salesforce.com",
        "exp": int((datetime.now(UTC) + timedelta(minutes=3)).timestamp()),
    }
    signed = jwt.encode({**claims, **changes}, org.login.private_key_pem, algorithm="RS256")
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}


def in_ten_minutes() -> int:
    return int((datetime.now(UTC) + timedelta(minutes=10)).timestamp())


@pytest.mark.parametrize(
    "changes",
    [
        dict,
        lambda: {"aud": "https://test.salesforce.com/"},
        lambda: {"exp": str(in_ten_minutes())},
        lambda: {"exp": in_ten_minutes() * 1000},
    ],
    ids=["plain", "aud with a slash", "exp as text", "exp in milliseconds"],
)
def test_jwt_bearer_gives_a_session(sandbox: Sandbox, changes: Callable[[], dict[str, object]]) -> None:
    answer = token(sandbox, assertion(sandbox, **changes()))

    assert works(sandbox, answer.json()["access_token"])


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"aud": "https://evil.example"}, "invalid_grant", "Audience validation failed"),
        ({"exp": 1}, "invalid_grant", "expired authorization code"),
        ({"iss": "x"}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "other@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
    ],
    ids=["aud", "exp", "iss", "sub"],
)
def test_jwt_bearer_checks_its_claims(
    sandbox: Sandbox, changes: dict[str, object], error: str, description: str
) -> None:
    answer = token(sandbox, assertion(sandbox, **changes))

    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_jwt_bearer_checks_the_signature(sandbox: Sandbox) -> None:
    form = assertion(sandbox)
    head, payload, signature = form["assertion"].split(".")
    forged = base64.urlsafe_b64encode(bytes(len(base64.urlsafe_b64decode(signature + "==")))).decode().rstrip("=")

    answer = token(sandbox, {**form, "assertion": f"{head}.{payload}.{forged}"})

    assert answer.json()["error"] == "invalid_grant"


def client(org: Sandbox) -> dict[str, str]:
    return {"client_id": org.login.consumer_key, "client_secret": org.login.consumer_secret}


def test_password_grant_gives_a_refresh_token_that_opens_further_sessions(sandbox: Sandbox) -> None:
    login = sandbox.login
    first = token(
        sandbox,
        {
            "grant_type": "password",
            **client(sandbox),
            "username": login.username,
            "password": login.password + login.token,
        },
    ).json()
    sandbox.expire_sessions()

    second = token(
        sandbox, {"grant_type": "refresh_token", **client(sandbox), "refresh_token": first["refresh_token"]}
    ).json()

    assert not works(sandbox, first["access_token"])
    assert works(sandbox, second["access_token"])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "device"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_secret": "x"}, "invalid_client"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
def test_refused_grant_is_an_object_with_an_error(sandbox: Sandbox, form: dict[str, str], error: str) -> None:
    answer = token(sandbox, {**client(sandbox), **form})

    assert answer.status_code == 400
    assert answer.json()["error"] == error


def test_an_expired_session_is_a_401(sandbox: Sandbox, api: Api) -> None:
    sandbox.expire_sessions()

    answer = api.get("limits")

    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_session_idle_for_two_hours_ends() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC)]
    org = Org(SandboxOptions(), now=lambda: moments[-1])
    session = org.sessions.open("005")

    moments.append(moments[0] + timedelta(minutes=119))
    assert org.sessions.user_of(session) == "005"
    moments.append(moments[-1] + timedelta(minutes=121))
    assert org.sessions.user_of(session) is None
    org.store.close()


def test_identity_takes_the_token_in_the_query_string(sandbox: Sandbox, api: Api) -> None:
    info = api.get("/services/oauth2/userinfo").json()
    path = f"/id/{info['organization_id']}/{info['user_id']}?oauth_token={sandbox.access_token()}"

    answer = api.get(path, headers={"Authorization": ""})

    assert answer.json()["username"] == sandbox.login.username


@pytest.mark.parametrize("body", [b"<a", b"<a/>", b" " * 10_241], ids=["not XML", "another call", "more than 10 KB"])
def test_what_is_no_login_is_a_fault(api: Api, body: bytes) -> None:
    answer = api.call("POST", "/services/Soap/u/59.0", data=body)

    assert answer.status_code == 500
    assert "<soapenv:Fault>" in answer.text


def test_a_revoked_session_ends(sandbox: Sandbox, api: Api) -> None:
    access_token = sandbox.access_token()
    api.call("POST", "/services/oauth2/revoke", data={"token": access_token})

    assert not works(sandbox, access_token)


def test_basic_authentication_that_is_no_base64_is_refused(api: Api) -> None:
    answer = api.call(
        "POST",
        "/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": "Basic ???"},
    )

    assert answer.json()["error"] == "invalid_client_id"


def test_the_identity_of_somebody_else_is_not_found(api: Api) -> None:
    assert api.get("/id/00DZg9000000001MAA/005000000000000AAA").status_code == 404


def test_a_new_password_is_the_one_to_log_in_with(sandbox: Sandbox, api: Api) -> None:
    path = f"sobjects/User/{USER_ID}/password"
    old = sandbox.login.password + sandbox.login.token

    assert api.get(path).json() == {"isExpired": False}
    assert api.call("POST", path, json={"NewPassword": "letters-and-1"}).status_code == 204
    assert soap_login(sandbox, password=old).status_code == 500
    assert soap_login(sandbox, password=f"letters-and-1{sandbox.login.token}").status_code == 200
    made = api.call("DELETE", path).json()["NewPassword"]
    assert soap_login(sandbox, password=made + sandbox.login.token).status_code == 200


@pytest.mark.parametrize("given", ["letters", "12345678", "", None])
def test_a_password_has_letters_and_digits(sandbox: Sandbox, api: Api, given: str | None) -> None:
    answer = api.call("POST", f"sobjects/User/{USER_ID}/password", json={"NewPassword": given})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_NEW_PASSWORD")


def test_the_password_of_another_user_leads_nowhere(sandbox: Sandbox, api: Api) -> None:
    (other,) = sandbox.insert("User", [{"Username": "b@sandbox.example", "LastName": "B"}])
    before = sandbox.login

    assert api.call("POST", f"sobjects/User/{other}/password", json={"NewPassword": "letters-and-1"}).status_code == 204
    assert sandbox.login == before
    assert api.get("sobjects/User/005000000000009AAA/password").status_code == 404
