"""Secrets: three places in a documented order, two modes, in and never out."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from ziggy_sf_write.contract import HostError, Mode
from ziggy_studio.errors import UsageProblem
from ziggy_studio.secrets import SecretName, Secrets, others_may_read


class MemoryKeyring(KeyringBackend):
    """An OS keyring, as the library lets one be written."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the library's
        self.held: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked("it is locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise KeyringLocked("it is locked")
        self.held[service, username] = password


@pytest.fixture
def os_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call] # the library's
    yield
    keyring.set_keyring(before)


def test_environment_goes_before_file_and_file_before_keyring(
    tmp_path: Path, os_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets(tmp_path)
    secrets.set("sfPassword", "of the keyring", is_in_keyring=True)
    assert secrets.value("sfPassword", Mode.DEV) == "of the keyring"
    secrets.set("sfPassword", "of the file")
    assert secrets.value("sfPassword", Mode.DEV) == "of the file"
    monkeypatch.setenv("ZIGGY_SECRET_sfPassword", "of the environment")
    assert secrets.value("sfPassword", Mode.DEV) == "of the environment"


@pytest.mark.parametrize("is_in_keyring", [False, True], ids=["file", "keyring"])
def test_production_has_its_own_value_or_the_one_for_development(
    tmp_path: Path, os_keyring: MemoryKeyring, *, is_in_keyring: bool
) -> None:
    secrets = Secrets(tmp_path)
    secrets.set("shared", "one", is_in_keyring=is_in_keyring)
    secrets.set("own", "dev", is_in_keyring=is_in_keyring)
    secrets.set("own", "prod", is_production=True, is_in_keyring=is_in_keyring)
    assert [secrets.value("shared", mode) for mode in Mode] == ["one", "one"]
    assert [secrets.value("own", mode) for mode in Mode] == ["dev", "prod"]


def test_a_production_value_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIGGY_SECRET_own", "dev")
    monkeypatch.setenv("ZIGGY_PRODUCTION_SECRET_own", "prod")
    assert [Secrets(tmp_path).value("own", mode) for mode in Mode] == ["dev", "prod"]
    assert Secrets(tmp_path).names() == [SecretName(name="own", source="environment", has_production=True)]


@pytest.mark.usefixtures("no_keyring")
def test_a_machine_without_a_keyring_just_has_no_secrets_there(tmp_path: Path) -> None:
    assert Secrets(tmp_path).value("gone", Mode.DEV) is None
    with pytest.raises(UsageProblem, match="no keyring"):
        Secrets(tmp_path).set("gone", "x", is_in_keyring=True)


def test_a_locked_keyring_is_an_error_with_its_cure_not_a_missing_secret(
    tmp_path: Path, os_keyring: MemoryKeyring
) -> None:
    os_keyring.is_locked = True
    with pytest.raises(HostError, match=r"`sfPassword` and refused: it is locked. Unlock it"):
        Secrets(tmp_path).value("sfPassword", Mode.DEV)
    with pytest.raises(UsageProblem, match="Unlock it"):
        Secrets(tmp_path).set("sfPassword", "x", is_in_keyring=True)


@pytest.mark.usefixtures("no_keyring")
def test_the_file_is_for_its_owner_alone_and_keeps_what_it_had(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.set("first", "1")
    secrets.set("second", "2")
    path = tmp_path / "secrets.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "first: '1'\nsecond: '2'\n"
    assert [one.name for one in secrets.names()] == ["first", "second"]
    assert secrets.delete("first")
    assert not secrets.delete("first")
    assert secrets.value("first", Mode.DEV) is None


def test_a_number_in_the_file_is_its_text(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("pin: 1234\n")
    (tmp_path / "secrets.yaml").chmod(0o600)
    assert Secrets(tmp_path).value("pin", Mode.DEV) == "1234"


@pytest.mark.parametrize("name", ["", "1st", "with space", "a-b", "ä"])
def test_a_name_that_a_flow_could_not_write_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageProblem, match="cannot name a secret"):
        Secrets(tmp_path).set(name, "x")


def test_production_alone_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="development value of `own` first"):
        Secrets(tmp_path).set("own", "x", is_production=True)


@pytest.mark.usefixtures("no_keyring")
def test_a_missing_one_is_named_with_its_near_miss_and_the_cure(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.set("sfPassword", "x")
    with pytest.raises(HostError, match=r"wants the secret `sfPasword`.*did you mean `sfPassword`.*secrets set"):
        secrets.resolve("secrets.sfPasword", Mode.DEV, wanted_by="The connection `sfDev`")


def test_only_a_whole_value_is_a_reference(tmp_path: Path) -> None:
    assert Secrets(tmp_path).resolve("my secrets.x", Mode.DEV, wanted_by="it") == "my secrets.x"
    assert Secrets(tmp_path).resolve(12, Mode.DEV, wanted_by="it") == 12


def test_a_file_that_is_no_list_of_secrets_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("fine: x\nbad:\n  dev: y\n")
    (tmp_path / "secrets.yaml").chmod(0o600)
    with pytest.raises(UsageProblem, match=r"secrets\.yaml line 2: `bad`"):
        Secrets(tmp_path).names()


@pytest.mark.slow
def test_of_secrets_that_are_set_at_once_none_is_lost(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        # Each writer has the folder open for itself, as two processes would.
        list(pool.map(lambda name: Secrets(tmp_path).set(name, f"of {name}"), names))
    assert {name: Secrets(tmp_path).value(name, Mode.DEV) for name in names} == {name: f"of {name}" for name in names}


@pytest.mark.parametrize(
    ("system", "mode", "is_open"), [("posix", 0o644, True), ("posix", 0o600, False), ("nt", 0o666, False)]
)
def test_permissions_are_judged_where_the_system_has_them(
    tmp_path: Path,
    system: str,
    mode: int,
    is_open: bool,  # noqa: FBT001 (a case)
) -> None:
    file = tmp_path / "secrets.yaml"
    file.touch()
    file.chmod(mode)
    assert others_may_read(file, system=system) is is_open
