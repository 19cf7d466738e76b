"""One Salesforce org as one connection reaches it: login, API version, describes; shared by all runs of a process."""

import math
import re
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ziggy_sf_write.contract import Connection, JsonValue, Problem
from ziggy_sf_write.errors import ConfigError, LoginError, UnreachableError
from ziggy_sf_write.salesforce.concurrency import AdaptiveConcurrency
from ziggy_sf_write.salesforce.describe import Catalog
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent
from ziggy_sf_write.salesforce.login import connection_problems, log_in
from ziggy_sf_write.salesforce.pace import Pace
from ziggy_sf_write.salesforce.transport import Transport

# Which versions this client knows (Salesforce API 9).
NEWEST_KNOWN_VERSION = 68.0
_USAGE = re.compile(r"(?:^|[;\s])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiUsage:
    """Calls that the org has counted in its last 24 hours, and how many it allows (Salesforce API 5.7)."""

    used: int
    limit: int

    def is_at_reserve(self, reserve_percent: float, *, under_way: int = 0) -> bool:
        """Whether only the reserve, a percentage of the whole allowance, is left; calls under way count as used."""
        return self.limit - self.used - under_way <= self.limit * reserve_percent / 100


def parse_usage(header: str | None) -> ApiUsage | None:
    """The usage that a header `Sforce-Limit-Info` tells, or None where it tells none."""
    found = _USAGE.search(header or "")
    return ApiUsage(used=int(found[1]), limit=int(found[2])) if found else None


class CallCount:
    """How many HTTP calls a run made, by kind; threads may add at once."""

    def __init__(self) -> None:
        self._by_kind: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, kind: str) -> None:
        """Counts one call."""
        with self._lock:
            self._by_kind[kind] = self._by_kind.get(kind, 0) + 1

    def by_kind(self) -> dict[str, int]:
        """A copy of the counts."""
        with self._lock:
            return dict(self._by_kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login's session: its id, which is a secret, the host that answers data calls, and the API version to speak.

    `accepted` is set once the org has let any call of the session in.
    """

    id: str = field(repr=False)
    host: str
    version: str
    accepted: threading.Event = field(default_factory=threading.Event)


class Org:
    """Logs in when first asked, and once for all threads when the session has expired."""

    def __init__(self, config: Mapping[str, JsonValue]) -> None:
        self.catalog = Catalog()
        self.concurrency = AdaptiveConcurrency()
        # By object: most of the time goes to what its triggers and flows do.
        self.paces: defaultdict[str, Pace] = defaultdict(Pace)
        self.usage: ApiUsage | None = None
        self._usage_noted_at_s = -math.inf
        self._usage_lock = threading.Lock()
        self._config = config
        self.transport = Transport(ca_bundle=config.get("caBundle"), proxy=config.get("proxy"))
        self._version: str | None = config.get("apiVersion")
        self._session: Session | None = None
        # Which org, by the host that answers its data calls: the same in every process and for every connection.
        # Empty before the first login.
        self.identity = ""
        # By the run that was refused, and for as long as it lasts.
        self._refused: WeakKeyDictionary[CallCount, LoginError] = WeakKeyDictionary()
        # Held across a login on purpose: every other thread needs its result before it can do anything.
        self._login_lock = threading.Lock()

    def session(self, count: CallCount) -> Session:
        """The session to use now; the first caller logs in.

        Args:
            count: the calls of the run that asks; it stands for the run, too.

        Raises:
            LoginError: Salesforce refuses the login, or has refused it to this run.
            NotSent: the org does not answer for now.
            UnreachableError: the org's certificate is not trusted, or it is no Salesforce org.
        """
        with self._login_lock:
            if self._session is None:
                refused = self._refused.get(count)
                if refused is not None:
                    # Every thread of a run is told what the first has learned: a try of each would lock the user out.
                    # Not the same object: each thread hangs its own traceback on what it raises.
                    raise LoginError(str(refused)) from refused
                self._session = self._connect(count)
            return self._session

    def drop(self, stale: Session) -> None:
        """Forgets an expired session, unless another thread has renewed it already."""
        with self._login_lock:
            if self._session is stale:
                self._session = None

    def note_usage(self, usage: ApiUsage | None, *, asked_at_s: float = math.inf, noted_at_s: float = math.inf) -> None:
        """Remembers the newest count of API calls.

        Answers of calls side by side overtake each other: a smaller count is newer only if its call was made after the
        last count had come, when calls of yesterday have left the day's window.
        """
        if usage is None:
            return
        with self._usage_lock:
            if self.usage is None or usage.used >= self.usage.used or asked_at_s > self._usage_noted_at_s:
                self.usage, self._usage_noted_at_s = usage, noted_at_s

    def close(self) -> None:
        """Closes the connections that are kept open for reuse."""
        self.transport.close()

    def _connect(self, count: CallCount) -> Session:
        if "accessToken" not in self._config:
            count.add("login")
        try:
            logged_in = log_in(self._config)
        except LoginError as err:
            # Another run tries anew: by then the user may have been unlocked, or allowed in.
            self._refused[count] = err
            raise
        self.identity = logged_in.host
        if self._version is None:
            count.add("versions")
            self._version = _newest_version(self.transport, logged_in.host)
        return Session(id=logged_in.session_id, host=logged_in.host, version=self._version)


def _newest_version(transport: Transport, host: str) -> str:
    """The newest version that both the org and this client know, such as `67.0`.

    The list needs no login and is not counted (Salesforce API 2.1).
    """
    try:
        reply = transport.send("GET", host, "/services/data")
    except AnswerLost as err:
        # Whatever was to follow has not been sent.
        raise NotSent(str(err)) from err
    if reply.status >= 429:
        raise NotSent(f"{host} does not list its API versions (status {reply.status})")
    try:
        offered = [float(one["version"]) for one in reply.json()]
        return f"{max(version for version in offered if version <= NEWEST_KNOWN_VERSION):.1f}"
    except (ValueError, KeyError, TypeError) as err:
        raise UnreachableError(
            f"{host} does not list its API versions. Is it a Salesforce org? "
            "Check the connection's domain or instance URL, or set its API version."
        ) from err


class OrgCache:
    """The orgs of this process, one for each distinct connection configuration, so that a warm run logs in no more."""

    def __init__(self) -> None:
        self._orgs: dict[tuple[tuple[str, str], ...], Org] = {}
        self._lock = threading.Lock()

    def org(self, connection: Connection) -> Org:
        """The org of a connection. A changed configuration, such as a new password, is another org.

        Raises:
            ConfigError: the connection's configuration is incomplete.
        """
        key = tuple(sorted((name, str(value)) for name, value in connection.config.items()))
        with self._lock:
            if key not in self._orgs:
                named = f"Connection `{connection.name}`"
                problems = connection_problems(connection.config)
                if problems:
                    raise ConfigError(
                        [Problem(path="/connection", message=f"{named}: {one.message}") for one in problems]
                    )
                self._orgs[key] = Org(connection.config)
            return self._orgs[key]

    def clear(self) -> None:
        """Forgets every session and describe."""
        with self._lock:
            for org in self._orgs.values():
                org.close()
            self._orgs.clear()


ORGS = OrgCache()


def require_salesforce(connection: Connection) -> Connection:
    """The connection itself, after a look at its type. Raises `UnreachableError` where it is of another one."""
    if connection.type != "salesforce":
        raise UnreachableError(
            f"The connection `{connection.name}` is of type {connection.type}, not salesforce. Choose another one."
        )
    return connection
