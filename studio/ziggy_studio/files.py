"""Reads and writes YAML and JSON files; whatever is wrong with one is said with its name and line."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from ziggy_sf_write.atomic_file import atomic_file
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.schema_check import schema_problems
from ziggy_studio.errors import FlowError, UsageProblem
from ziggy_studio.resources import load_schema
from ziggy_studio.yaml_text import YamlProblem, parse_yaml

_WAIT_FOR_OTHERS_S = 30.0


def read_text(path: Path) -> str:
    """A file's text. Raises `UsageProblem` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as err:
        raise UsageProblem(f"{path} does not exist. Check the path.") from err
    except UnicodeDecodeError as err:
        raise UsageProblem(f"{path} is not UTF-8 text. Save it as UTF-8.") from err
    except OSError as err:
        raise UsageProblem(f"{path} cannot be read: {err.strerror}.") from err


def read_document(path: Path, *, has_secrets: bool = False) -> JsonValue:
    """The content of a `.json` file, or of a YAML file of any other name.

    Raises:
        UsageProblem: it cannot be read; where the file may hold secrets, nothing that stands in it is quoted.
    """
    text = read_text(path)
    if path.suffix == ".json":
        return _parse_json(path, text)
    try:
        return parse_yaml(text)
    except YamlProblem as err:
        line = f" line {err.line}" if err.line else ""
        cure = ". Correct it, or put texts in quotes" if has_secrets and err.detail else ""
        detail = f" ({err.detail})" if err.detail and not has_secrets else ""
        problem = UsageProblem(f"{path}{line}: {err.message}{detail}{cure}.")
        # The cause quotes what stands in the file, and a traceback would show it.
        raise problem from (None if has_secrets else err)


def _parse_json(path: Path, text: str) -> JsonValue:
    try:
        return json.loads(text, object_pairs_hook=_without_twice)
    except _Twice as err:
        line = _line_of_second(text, err.key)
        raise UsageProblem(f"{path}{line}: the key `{err.key}` stands there twice. Remove one of the two.") from err
    except json.JSONDecodeError as err:
        raise UsageProblem(f"{path} line {err.lineno}: this is not JSON ({err.msg}).") from err
    except (RecursionError, ValueError) as err:
        raise UsageProblem(f"{path}: this is nested too deeply, or has a number of too many digits.") from err


class _Twice(Exception):
    """A key stands twice in one object."""

    def __init__(self, key: str) -> None:
        self.key = key


def _without_twice(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _line_of_second(text: str, key: str) -> str:
    """Where the key stands last, as far as that can be told from the text."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if json.dumps(key, ensure_ascii=False) in line]
    return f" line {lines[-1]}" if lines else ""


def private_folder(path: Path) -> Path:
    """A folder for its owner alone, made where it is not there. Raises `OSError` where nothing can be written to it."""
    path.mkdir(mode=0o700, exist_ok=True)
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    path.chmod(0o700)
    return path


def read_checked(path: Path, schema: str, *, has_secrets: bool = False) -> dict[str, JsonValue]:
    """The content of a file that one of our schemas describes; an empty one where there is no file.

    Raises:
        UsageProblem: it cannot be read, or breaks its schema; each problem with its line, and without what stands
            there where the file may hold secrets.
    """
    if not path.exists():
        return {}
    document = read_document(path, has_secrets=has_secrets) or {}
    problems = schema_problems(load_schema(schema), _hidden(document) if has_secrets else document, what=path.name)
    if problems:
        raise FlowError(str(path), problems, lines=pointer_lines(path))
    return dict(document)


def _hidden(value: JsonValue) -> JsonValue:
    """The same form without any text or number of it, for messages that show what they are about."""
    match value:
        case dict():
            return {key: _hidden(one) for key, one in value.items()}
        case list():
            return [_hidden(one) for one in value]
        case None | bool() | "":
            return value
        case int() | float():
            return 0
        case _:
            return "…"


def pointer_lines(path: Path) -> dict[str, int]:
    """The line, from 1, on which each value of a YAML or JSON file begins, by its JSON pointer."""
    lines: dict[str, int] = {}
    try:
        _note_lines(yaml.compose(read_text(path), Loader=yaml.SafeLoader), "", lines)
    except yaml.YAMLError:
        return {}  # JSON that is no YAML, as with tabs: its problems are said without lines
    return lines


def _note_lines(node: yaml.Node | None, pointer: str, lines: dict[str, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = f"{pointer}/{key.value}"
            lines[below] = key.start_mark.line + 1
            _note_lines(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            below = f"{pointer}/{index}"
            lines[below] = value.start_mark.line + 1
            _note_lines(value, below, lines)


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Lets one at a time, of all threads and processes, read a file of a project and replace it by a changed one.

    A thread that has the lock may take it again. Raises `UsageProblem` where it cannot be had.
    """
    # It brings asyncio along, which no command needs that only reads a project.
    from filelock import FileLock, Timeout

    path = folder / ".state" / "files.lock"
    try:
        private_folder(path.parent)
        lock = FileLock(path, timeout=_WAIT_FOR_OTHERS_S, is_singleton=True)
        lock.acquire()
    except Timeout as err:
        raise UsageProblem(f"{path} is locked. Is another process writing? Try again.") from err
    except OSError as err:
        raise UsageProblem(f"{path} cannot be written: {err}. Check the folder's permissions.") from err
    try:
        yield
    finally:
        lock.release()


def replace_file(path: Path, text: str, *, mode: int | None = None) -> None:
    """Writes a file in one step: whoever reads it meanwhile sees the old one or the new one.

    `mode` are its permissions; None keeps those it has, 0644 for a new one. Raises `UsageProblem` where it cannot be
    written.
    """
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path, mode=mode) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    except OSError as err:
        cure = "Is the disk full?" if err.errno == errno.ENOSPC else "Check the folder's permissions."
        raise UsageProblem(f"{path} cannot be written: {err.strerror}. {cure}") from err
