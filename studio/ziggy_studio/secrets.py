"""The secrets of a project, from three places in this order: environment, secrets.yaml, the OS keyring.

A secret has a development value, which serves production too, and optionally a production value of its own.
The environment has them as `ZIGGY_SECRET_NAME` and `ZIGGY_PRODUCTION_SECRET_NAME`; the keyring under the service
`ziggy-sf-write`, as `NAME` and `NAME (production)`.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ziggy_sf_write.contract import HostError, JsonValue, Mode
from ziggy_sf_write.near_miss import near_miss
from ziggy_studio.errors import UsageProblem
from ziggy_studio.files import one_writer, read_checked, replace_file

_REFERENCE = re.compile(r"secrets\.([A-Za-z_$][A-Za-z0-9_$]*)")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_VARIABLE, _PRODUCTION_VARIABLE = "ZIGGY_SECRET_", "ZIGGY_PRODUCTION_SECRET_"
_SERVICE = "ziggy-sf-write"
_OTHERS_MAY_READ = stat.S_IRWXG | stat.S_IRWXO
_DEVELOPMENT, _PRODUCTION = "development", "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretName:
    """A secret as it may be shown: where it comes from, and whether production has a value of its own."""

    name: str
    source: str
    has_production: bool


class Secrets:
    """The secrets of one project folder, looked up at each use, so that a change counts at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "secrets.yaml"

    def names(self) -> list[SecretName]:
        """The secrets of environment and file in alphabetical order; a keyring cannot be asked what it holds.

        Raises:
            UsageProblem: the file cannot be read, or others may read it.
        """
        found = {
            name: SecretName(name=name, source="secrets.yaml", has_production=_PRODUCTION in values)
            for name, values in self._file().items()
        }
        for variable in os.environ:
            if variable.startswith(_VARIABLE):
                name = variable.removeprefix(_VARIABLE)
                has_production = f"{_PRODUCTION_VARIABLE}{name}" in os.environ
                found[name] = SecretName(name=name, source="environment", has_production=has_production)
        return [found[name] for name in sorted(found)]

    def resolve(self, value: JsonValue, mode: Mode, *, wanted_by: str) -> JsonValue:
        """The value itself, or, where it is the text `secrets.NAME`, the secret of that name.

        Raises:
            HostError: the secret is not set; the message names it, who wants it, and how to set it.
        """
        reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if reference is None:
            return value
        found = self.value(reference[1], mode)
        if found is not None:
            return found
        hint = near_miss(reference[1], [one.name for one in self.names()]) or "."
        raise HostError(
            f"{wanted_by} wants the secret `{reference[1]}`, which is not set{hint} "
            f"Run: ziggy-sf-write secrets set {reference[1]}, or set {_VARIABLE}{reference[1]}."
        )

    def value(self, name: str, mode: Mode) -> str | None:
        """A secret's value in a mode, or None where no place has it.

        Raises:
            HostError: the file may be read by others, or the keyring refuses to answer.
        """
        for values in (_environment(name), self._file().get(name, {}), _keyring(name)):
            # A place that has the secret decides: another place's production value is another secret.
            if values:
                fallback = values.get(_DEVELOPMENT)
                return values.get(_PRODUCTION, fallback) if mode is Mode.PROD else fallback
        return None

    def set(self, name: str, value: str, *, is_production: bool = False, is_in_keyring: bool = False) -> None:
        """Stores a secret in secrets.yaml, or in the OS keyring.

        Raises:
            UsageProblem: the name is none, the file or the keyring cannot take it.
        """
        if not _NAME.fullmatch(name):
            raise UsageProblem(f"`{name}` cannot name a secret: use letters, digits, _ and $, and no digit first.")
        if is_in_keyring:
            _set_in_keyring(name, value, is_production=is_production)
            return
        with one_writer(self._path.parent):
            known = dict(self._file())
            values = {**known.get(name, {}), _PRODUCTION if is_production else _DEVELOPMENT: value}
            if _DEVELOPMENT not in values:
                raise UsageProblem(f"Set the development value of `{name}` first; production may then have its own.")
            self._write({**known, name: values})

    def delete(self, name: str) -> bool:
        """Removes a secret from secrets.yaml; False where it is not there."""
        with one_writer(self._path.parent):
            known = dict(self._file())
            if known.pop(name, None) is None:
                return False
            self._write(known)
            return True

    def _file(self) -> Mapping[str, Mapping[str, str]]:
        if not self._path.exists():
            return {}
        if others_may_read(self._path):
            raise UsageProblem(f"{self._path} can be read by others. Run: chmod 600 {self._path}")
        raw = read_checked(self._path, "secrets.schema.json", has_secrets=True)
        return {name: _both(one) for name, one in raw.items()}

    def _write(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        document = {
            name: values[_DEVELOPMENT] if list(values) == [_DEVELOPMENT] else dict(values)
            for name, values in sorted(secrets.items())
        }
        replace_file(self._path, yaml.safe_dump(document, allow_unicode=True), mode=0o600)


def others_may_read(path: Path, *, system: str = os.name) -> bool:
    """Whether the file's permissions let others read it. Windows has other ones, of which the mode says nothing."""
    return system == "posix" and bool(path.stat().st_mode & _OTHERS_MAY_READ)


def _both(value: JsonValue) -> dict[str, str]:
    if isinstance(value, dict):
        return {mode: str(one) for mode, one in value.items()}
    return {_DEVELOPMENT: str(value)}


def _environment(name: str) -> dict[str, str]:
    variables = {_DEVELOPMENT: f"{_VARIABLE}{name}", _PRODUCTION: f"{_PRODUCTION_VARIABLE}{name}"}
    return {mode: os.environ[variable] for mode, variable in variables.items() if variable in os.environ}


# keyring looks for its back ends when it is imported, which takes longer than all the rest of a command's start.


def _keyring(name: str) -> dict[str, str]:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        found = {
            _DEVELOPMENT: keyring.get_password(_SERVICE, name),
            _PRODUCTION: keyring.get_password(_SERVICE, f"{name} (production)"),
        }
    except NoKeyringError:
        return {}  # a server without one is no error: it was the last place to look
    except KeyringError as err:
        raise HostError(f"The keyring was asked for the secret `{name}` and refused: {err}. Unlock it.") from err
    return {mode: value for mode, value in found.items() if value is not None}


def _set_in_keyring(name: str, value: str, *, is_production: bool) -> None:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        keyring.set_password(_SERVICE, f"{name} (production)" if is_production else name, value)
    except NoKeyringError as err:
        raise UsageProblem("This machine has no keyring. Leave --keyring out to use secrets.yaml.") from err
    except KeyringError as err:
        raise UsageProblem(f"The keyring did not take the secret `{name}`: {err}. Unlock it.") from err
