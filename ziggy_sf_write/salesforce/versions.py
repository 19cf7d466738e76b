"""Which API version to speak: the newest that the org offers and that this client knows (section 9)."""

from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent
from ziggy_sf_write.salesforce.http import OrgSession

NEWEST_KNOWN = 68.0


def newest_version(session: OrgSession, host: str) -> str:
    """The version to put into data URLs, such as `67.0`. The list needs no login and is not counted (section 2.1).

    Raises:
        NotSent: the org does not answer for now.
        UnreachableError: what answers is no Salesforce org, or its certificate is not trusted.
    """
    try:
        answer = session.get(f"https://{host}/services/data")
    except AnswerLost as err:
        # Whatever was to follow has not been sent.
        raise NotSent(str(err)) from err
    if answer.status_code >= 429:
        raise NotSent(f"{host} does not list its API versions (status {answer.status_code})")
    try:
        offered = [float(one["version"]) for one in answer.json()]
    except (ValueError, KeyError, TypeError) as err:
        raise _no_org(host) from err
    return f"{max(version for version in offered if version <= NEWEST_KNOWN):.1f}"


def _no_org(host: str) -> UnreachableError:
    return UnreachableError(
        f"{host} does not list its API versions. Is it a Salesforce org? "
        "Check the connection's domain or instance URL, or set its API version."
    )
