"""SOAP login and logout of the partner endpoint (reference section 1.1).

Clients use different prefixes, so elements are found by their local names. The answer's sessionId and serverUrl carry
no attributes and no entities: simple-salesforce cuts them out as text.
"""

from xml.etree import ElementTree as ET

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.org import ORG_ID, USER_ID, Org

_LAST_WITH_LOGIN = 64.0
_MAX_REQUEST = 10_240
_XML = "text/xml;charset=UTF-8"
_WRONG = "Invalid username, password, security token; or user locked out."
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    '{namespace} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body>'
    "</soapenv:Envelope>"
)


def endpoint(org: Org, call: Call) -> Answer:
    """POST /services/Soap/u/{version}."""
    if len(call.body) > _MAX_REQUEST:
        return _fault("REQUEST_RUNNING_TOO_LONG", "The login request is larger than 10 KB")
    try:
        parts = _by_local_name(call.body)
    except ET.ParseError as err:
        return _fault("UNKNOWN_EXCEPTION", f"XML is not well formed: {err}")
    if "logout" in parts:
        org.sessions.close(parts.get("sessionId", ""))
        return Answer(body=_ENVELOPE.format(namespace=_PARTNER, body="<logoutResponse/>"), media_type=_XML)
    if "login" not in parts:
        return _fault("INVALID_OPERATION", "The sandbox serves login and logout here, nothing else")
    return _login(org, call, parts)


_PARTNER = 'xmlns="urn:partner.soap.sforce.com"'


def absent(_org: Org, _call: Call) -> Answer:
    """The other SOAP APIs: metadata, Apex, tooling, enterprise."""
    return _fault("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")


def _login(org: Org, call: Call, parts: dict[str, str]) -> Answer:
    version = call.parameters["version"]
    if call.version_number > _LAST_WITH_LOGIN:
        # How a newer version refuses the call is UNCONFIRMED.
        return _fault("UNSUPPORTED_API_VERSION", f"SOAP API login() is not available in API version {version}")
    if not org.options.soap_login:
        return _fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org")
    login = org.login
    # From a trusted network Salesforce asks for no token; the sandbox is one when the organization id is sent.
    passwords = {login.password + login.token}
    if parts.get("organizationId", "")[:15] == ORG_ID[:15]:
        passwords.add(login.password)
    username, password = parts.get("username", ""), parts.get("password", "")
    if username.lower() == login.username and password == login.password and password not in passwords:
        return _fault(
            "LOGIN_MUST_USE_SECURITY_TOKEN",
            "Invalid username, password, security token; or user locked out. Are you at a new location? When accessing "
            "Salesforce--either via a desktop client or the API--from outside of your company&apos;s trusted networks, "
            "you must add a security token to your password to log in.",
        )
    if username.lower() != login.username or password not in passwords:
        return _fault("INVALID_LOGIN", _WRONG)
    return Answer(body=_success(org, call, version), media_type=_XML)


def _success(org: Org, call: Call, version: str) -> str:
    base = call.base_url
    body = (
        "<loginResponse><result>"
        f"<metadataServerUrl>{base}/services/Soap/m/{version}/{ORG_ID[:15]}</metadataServerUrl>"
        "<passwordExpired>false</passwordExpired><sandbox>true</sandbox>"
        f"<serverUrl>{base}/services/Soap/u/{version}/{ORG_ID[:15]}</serverUrl>"
        f"<sessionId>{org.sessions.open(USER_ID)}</sessionId><userId>{USER_ID}</userId>"
        f"<userInfo><organizationId>{ORG_ID}</organizationId><organizationName>Sandbox</organizationName>"
        f"<userEmail>admin@sandbox.example</userEmail><userFullName>Sandbox Admin</userFullName>"
        f"<userId>{USER_ID}</userId><userLanguage>en_US</userLanguage><userLocale>en_US</userLocale>"
        f"<userName>{org.login.username}</userName><sessionSecondsValid>7200</sessionSecondsValid></userInfo>"
        "</result></loginResponse>"
    )
    return _ENVELOPE.format(namespace=_PARTNER, body=body)


def _fault(code: str, message: str) -> Answer:
    body = (
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring>"
        f'<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
    text = _ENVELOPE.format(namespace='xmlns:sf="urn:fault.partner.soap.sforce.com"', body=body)
    return Answer(status=500, body=text, media_type=_XML)


def _by_local_name(body: bytes) -> dict[str, str]:
    root = ET.fromstring(body)  # noqa: S314  loopback only, and no longer than 10 KB
    return {each.tag.rpartition("}")[2]: each.text or "" for each in root.iter()}
