"""The schemas of plugin and studio, by their file's name."""

from pathlib import Path

import ziggy_studio.resources
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.resources import load_schema, resource_path

FOLDERS = (resource_path("schemas"), Path(ziggy_studio.resources.__file__).parent / "schemas")
NAMES = sorted(path.name for folder in FOLDERS for path in folder.glob("*.schema.json"))


def load_any(name: str) -> dict[str, JsonValue]:
    """A schema of whichever product has it."""
    return load_schema(name) if (FOLDERS[0] / name).exists() else ziggy_studio.resources.load_schema(name)
