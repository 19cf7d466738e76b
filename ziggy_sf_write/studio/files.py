"""Reads YAML and JSON files; whatever is wrong with one is said with its name and line."""

import json
from pathlib import Path

import yaml

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.studio.errors import UsageProblem


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


def read_document(path: Path) -> JsonValue:
    """The content of a `.json` file, or of a YAML file of any other name."""
    text = read_text(path)
    if path.suffix == ".json":
        return _parse_json(path, text)
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as err:
        line = f" line {err.problem_mark.line + 1}" if err.problem_mark else ""
        raise UsageProblem(f"{path}{line}: this is not YAML ({err.problem}).") from err
    except yaml.YAMLError as err:
        raise UsageProblem(f"{path}: this is not YAML ({err}).") from err


def _parse_json(path: Path, text: str) -> JsonValue:
    try:
        return json.loads(text)
    except json.JSONDecodeError as err:
        raise UsageProblem(f"{path} line {err.lineno}: this is not JSON ({err.msg}).") from err
