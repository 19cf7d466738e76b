"""Finds the files that travel with the code, in an installed wheel and in an editable install alike."""

import json
from functools import cache
from pathlib import Path

from ziggy_sf_write.contract import JsonValue

PACKAGE = Path(__file__).parent
_IN_WHEEL = PACKAGE / "_resources"
_IN_CHECKOUT = PACKAGE.parent


def resource_path(name: str) -> Path:
    """The path of `schemas/…` or `plugin.yaml`: inside the package in a wheel, beside it in a checkout."""
    installed = _IN_WHEEL / name
    return installed if installed.exists() else _IN_CHECKOUT / name


@cache
def load_schema(name: str) -> dict[str, JsonValue]:
    """A JSON file of `schemas/` by its name, such as `config.schema.json`. Callers must not change it."""
    schema: dict[str, JsonValue] = json.loads(resource_path(f"schemas/{name}").read_text(encoding="utf-8"))
    return schema
