"""The project's `connections.yaml`: one connection is written or taken out, and all else stays as a person left it."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.files import one_writer, read_checked, read_text, replace_file
from ziggy_studio.project import StoredConnection
from ziggy_studio.readable_yaml import dump_readable


class ConnectionFile:
    """One `connections.yaml`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "connections.yaml"

    def names(self) -> set[str]:
        """The names of the connections that the file holds. Raises `UsageProblem` where it cannot be read."""
        return set(self._document())

    def put(self, connection: StoredConnection) -> None:
        """Writes a connection in the place of the one of its name, or at the end."""
        entry: dict[str, JsonValue] = {"type": connection.type, "development": dict(connection.development)}
        if connection.production is not None:
            entry["production"] = dict(connection.production)
        with one_writer(self.path.parent):
            document = {**self._document(), connection.name: entry}
            self._write(document, _with_section(self._text(), connection.name, dump_readable({connection.name: entry})))

    def remove(self, name: str) -> None:
        """Takes a connection out; where there is none of this name, nothing changes."""
        with one_writer(self.path.parent):
            document = self._document()
            if document.pop(name, None) is not None:
                self._write(document, _with_section(self._text(), name, ""))

    def _document(self) -> dict[str, JsonValue]:
        return read_checked(self.path, "connections.schema.json", has_secrets=True)

    def _text(self) -> str:
        return read_text(self.path) if self.path.exists() else ""

    def _write(self, document: Mapping[str, JsonValue], text: str) -> None:
        # A file that is written as one line, or whose connections share anchors, cannot be changed piece by piece.
        replace_file(self.path, text if _holds(text, document) else dump_readable(dict(document)))


def _with_section(text: str, name: str, section: str) -> str:
    """The text with the lines of one connection replaced; comments between connections stay where they are."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    starts = [(key.value, key.start_mark.index) for key, _ in root.value] if isinstance(root, yaml.MappingNode) else []
    for at, (key, start) in enumerate(starts):
        if key == name:
            end = starts[at + 1][1] if at + 1 < len(starts) else len(text)
            own = _without_trailing_comments(text[start:end])
            return text[:start] + section + text[start + len(own) :]
    gap = "" if text == "" or text.endswith("\n") else "\n"
    return text + gap + section


def _without_trailing_comments(text: str) -> str:
    """The lines up to the last that belongs to the connection itself: what follows is about the next one."""
    lines = text.splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "".join(lines)


def _holds(text: str, document: Mapping[str, JsonValue]) -> bool:
    try:
        return (yaml.safe_load(text) or {}) == document
    except yaml.YAMLError:
        return False
