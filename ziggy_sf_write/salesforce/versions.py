"""Which API version to speak: the newest that the org offers and that this client knows (section 9)."""

import requests

from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.salesforce.http import TimedSession

NEWEST_KNOWN = 68.0


def newest_version(session: TimedSession, host: str) -> str:
    """The version to put into data URLs, such as `67.0`. The list needs no login and is not counted (section 2.1).

    Raises:
        UnreachableError: the org does not answer, or answers something else.
    """
    try:
        answer = session.get(f"https://{host}/services/data")
        offered = [float(one["version"]) for one in answer.json()]
    except (requests.exceptions.RequestException, ValueError, KeyError, TypeError) as err:
        raise UnreachableError(
            f"{host} does not list its API versions ({type(err).__name__}). Is it a Salesforce org? "
            "Check the connection's domain or instance URL, or set its API version."
        ) from err
    return f"{max(version for version in offered if version <= NEWEST_KNOWN):.1f}"
