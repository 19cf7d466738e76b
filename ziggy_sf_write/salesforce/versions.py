"""Which API version to speak: the newest that the org offers and that this client knows (section 9)."""

import requests

from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.salesforce.http import TimedSession
from ziggy_sf_write.salesforce.login import unreachable

NEWEST_KNOWN = 68.0


def newest_version(session: TimedSession, host: str) -> str:
    """The version to put into data URLs, such as `67.0`. The list needs no login and is not counted (section 2.1).

    Raises:
        NotSent: the org does not answer for now.
        UnreachableError: what answers is no Salesforce org, or its certificate is not trusted.
    """
    try:
        answer = session.get(f"https://{host}/services/data")
        answer.raise_for_status()
        offered = [float(one["version"]) for one in answer.json()]
    except requests.exceptions.JSONDecodeError as err:
        raise _no_org(host) from err
    except requests.exceptions.RequestException as err:
        raise unreachable(err, host) from err
    except (ValueError, KeyError, TypeError) as err:
        raise _no_org(host) from err
    return f"{max(version for version in offered if version <= NEWEST_KNOWN):.1f}"


def _no_org(host: str) -> UnreachableError:
    return UnreachableError(
        f"{host} does not list its API versions. Is it a Salesforce org? "
        "Check the connection's domain or instance URL, or set its API version."
    )
