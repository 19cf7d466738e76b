"""The flows of a project as files: listed, opened, and saved so that a person likes to read the difference."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_studio.errors import FlowError, UsageProblem
from ziggy_studio.files import pointer_lines, read_document, replace_file
from ziggy_studio.flow import shape_problems
from ziggy_studio.readable_yaml import OneLine, dump_readable, rewritten, says_the_same
from ziggy_studio.web.errors import ApiError, ErrorCode

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFlow:
    """A flow file's content; `version` changes whenever the file does."""

    name: str
    version: str
    document: JsonValue

    def to_json(self) -> dict[str, JsonValue]:
        """The flow as the editor reads it."""
        return {"name": self.name, "version": self.version, "document": self.document}


class FlowFiles:
    """The folder `flows/` of a project."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "flows"

    def names(self) -> list[str]:
        """The names of the flows, without their suffixes, in alphabetical order."""
        if not self._folder.is_dir():
            return []
        # What has another name cannot be asked for: another program's temporary file, a name that no URL should carry.
        return sorted({path.stem for path in self._folder.iterdir() if _is_flow(path)})

    def size(self, name: str) -> int:
        """The bytes of a flow's file; 0 where there is none."""
        path = self._path(name)
        return path.stat().st_size if path.exists() else 0

    def open(self, name: str) -> OpenedFlow:
        """A flow by its name. Raises `ApiError` where there is none, `FlowError` where its form is wrong."""
        path = self._path(name)
        if not path.exists():
            raise ApiError(ErrorCode.NOT_FOUND, f"There is no flow `{name}`.", "It may have been renamed or deleted.")
        document = read_document(path)
        problems = shape_problems(_drawable(document))
        if problems:
            raise FlowError(path.name, problems, lines=pointer_lines(path))
        return OpenedFlow(name=name, version=_version(path), document=document)

    def save(self, name: str, document: JsonValue, *, version: str | None, is_forced: bool = False) -> OpenedFlow:
        """Writes a flow; `version` is that of the file as it was opened, None for a new one.

        Raises:
            ApiError: the file changed on disk since then, or a new flow's name is taken; nothing was written.
            FlowError: the document's form is wrong; nothing was written.
        """
        problems = shape_problems(_drawable(document))
        if problems:
            raise FlowError(name, problems)
        path = self._path(name)
        if not is_forced and (_version(path) if path.exists() else None) != version:
            raise _changed(name, is_new=version is None)
        # A file that is overwritten on purpose may be one that cannot be read.
        if is_forced or not path.exists() or not says_the_same(read_document(path), document):
            replace_file(path, _render(path, document))
        return OpenedFlow(name=name, version=_version(path), document=document)

    def list(self) -> list[dict[str, JsonValue]]:
        """The flows with the time of their last change, as the editor lists them."""
        times = {name: _changed_at(self._path(name)) for name in self.names()}
        return [{"name": name, "changedAt": time} for name, time in times.items() if time is not None]

    def rename(self, name: str, new_name: str, *, version: str) -> OpenedFlow:
        """Gives a flow's file another name; its content stays as it is.

        Raises:
            ApiError: the file is not what was opened any more, or the new name is taken; nothing was changed.
        """
        opened, target = self.open(name), self._path(new_name)
        if opened.version != version:
            raise _changed(name, is_new=False)
        if target.exists():
            raise _changed(new_name, is_new=True)
        path = self._path(name)
        path.rename(path.with_name(f"{new_name}{path.suffix}"))
        return self.open(new_name)

    def delete(self, name: str) -> None:
        """Removes a flow's file. Raises `ApiError` where there is none."""
        try:
            self._path(name).unlink()
        except FileNotFoundError as err:
            raise ApiError(ErrorCode.NOT_FOUND, f"There is no flow `{name}`.", "It was deleted already.") from err
        except OSError as err:
            raise UsageProblem(f"The flow `{name}` cannot be deleted: {err.strerror}.") from err

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            hint = "Use letters, digits, spaces, dots, dashes and underscores."
            raise ApiError(ErrorCode.BAD_REQUEST, f"`{name}` cannot be the name of a flow file.", hint)
        found = [path for suffix in _SUFFIXES if (path := self._folder / f"{name}{suffix}").exists()]
        return found[0] if found else self._folder / f"{name}.yaml"


def _changed(name: str, *, is_new: bool) -> ApiError:
    if is_new:
        return ApiError(ErrorCode.CHANGED_ON_DISK, f"There is a flow `{name}` already.", "Choose another name.")
    message = f"The file of `{name}` was changed outside the editor."
    return ApiError(ErrorCode.CHANGED_ON_DISK, message, "Load it again, or overwrite it with what you see.")


def _drawable(document: JsonValue) -> JsonValue:
    """The document as the schema wants it: a flow whose first block is still to come may be saved too."""
    if isinstance(document, dict) and document.get("blocks") == []:
        return {**document, "blocks": [{"id": "none", "type": "none"}]}
    return document


def _is_flow(path: Path) -> bool:
    return path.suffix in _SUFFIXES and _NAME.fullmatch(path.stem) is not None and path.is_file()


def _changed_at(path: Path) -> str | None:
    """When the file was changed; None where it has gone meanwhile."""
    try:
        changed_at = path.stat().st_mtime
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(changed_at, UTC).isoformat(timespec="seconds")


def _version(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _render(path: Path, document: Mapping[str, JsonValue]) -> str:
    if path.suffix == ".json":
        return to_json(document, indent=2) + "\n"
    styled = _styled(document)
    before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return rewritten(before, styled) or _leading_comment(before) + dump_readable(styled)


def _leading_comment(text: str) -> str:
    return "".join(takewhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))


def _styled(document: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Positions and edges on a line each, as in the examples."""
    edges = [OneLine(edge) for edge in document["edges"]]
    notes = {"notes": _placed(document["notes"])} if "notes" in document else {}
    return {**document, "blocks": _placed(document["blocks"]), "edges": edges, **notes}


def _placed(things: Sequence[Mapping[str, JsonValue]]) -> list[Mapping[str, JsonValue]]:
    """Blocks or notes, each with its place on one line."""
    return [{**one, "position": OneLine(one["position"])} if "position" in one else one for one in things]
