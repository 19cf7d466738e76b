"""Finds the files that travel with the studio, in an installed wheel and in an editable install alike."""

import json
from functools import cache
from pathlib import Path

from ziggy_sf_write.contract import JsonValue

_PACKAGE = Path(__file__).parent


@cache
def load_schema(name: str) -> dict[str, JsonValue]:
    """A JSON file of the studio's `schemas/` by its name, such as `flow.schema.json`. Callers must not change it."""
    schema: dict[str, JsonValue] = json.loads((_PACKAGE / "schemas" / name).read_text(encoding="utf-8"))
    return schema


def quickstart_path() -> Path:
    """The folder of the quickstart project: inside the package in a wheel, among the examples in a checkout."""
    installed = _PACKAGE / "_resources" / "quickstart"
    return installed if installed.exists() else _PACKAGE.parents[1] / "examples" / "quickstart"
