"""How a sandbox org is set up, and the credentials it starts with."""

from dataclasses import dataclass
from pathlib import Path

from .auth.private_key import private_key_pem
from .faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Settings of one org.

    Args:
        port: 0 lets the system choose.
        data: a SQLite file that keeps the org between runs; None keeps it in memory.
        objects: further objects: YAML files, describes of real orgs (`.json`), folders of them, or `person-accounts`.
        latency: a profile's name, or `per_call=0.1,per_record=0.002,jitter=0.2`.
        faults: switches that are on from the start, as Fault or as text such as `slow_answer=0.1`.
        seed: the same seed gives the same faults, jitter and order of results.
        api_limit: how many API calls the org allows.
        bulk_lanes: how many batches of a Bulk job run side by side, which shapes how long it takes under `latency`.
        soap_login: whether the SOAP login is enabled in the org's setup.
        example_rules: whether standard objects have some validation and duplicate rules, to see what they do.
    """

    port: int = 0
    data: Path | str | None = None
    objects: tuple[Path | str, ...] = ()
    latency: str = "none"
    faults: tuple[Fault | str, ...] = ()
    seed: int = 0
    api_limit: int = 100_000
    bulk_lanes: int = 5
    soap_login: bool = True
    example_rules: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Credentials of the org's one user and one connected app. They open nothing but this sandbox."""

    username: str
    password: str
    token: str
    consumer_key: str
    consumer_secret: str

    @property
    def private_key_pem(self) -> str:
        """The key of the connected app's certificate; new in each process."""
        return private_key_pem()


DEFAULT_LOGIN = Login(
    username="admin@sandbox.example",
    password="sandbox-Password1",  # noqa: S106  opens nothing but the sandbox
    token="sandboxToken0123456789",  # noqa: S106  the same
    consumer_key="3MVG9sandboxConsumerKey.ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    consumer_secret="0123456789ABCDEF0123456789ABCDEF",  # noqa: S106  the same
)
