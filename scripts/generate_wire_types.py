"""Writes `ui/src/api/wire.ts`: the types of what page and server say to each other, made from `schemas/`.

`python scripts/generate_wire_types.py` writes the file; a test compares it, so that it is never older than the schemas.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "schemas", ROOT / "studio" / "ziggy_studio" / "schemas")
PAGE = ROOT / "ui" / "src" / "api" / "wire.ts"
# Which parts of which schema become an interface, by JSON pointer.
SOURCES: Mapping[str, Mapping[str, str]] = {
    "flow.schema.json": {
        "": "FlowDocument",
        "/properties/blocks/items": "DocumentBlock",
        "/properties/edges/items": "DocumentEdge",
        "/properties/notes/items": "DocumentNote",
    },
    "report.schema.json": {"": "BlockReport"},
}
# These describe schemas and JSON itself; schema.ts has them.
BY_HAND = ("ConnectionSchema", "Json", "JsonObject", "JsonSchema", "UiSchema")
HEAD = """\
/** Made from schemas/ by scripts/generate_wire_types.py: change those, then run it. */
"""
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Schema = Mapping[str, Any]


def wire_types() -> str:
    """The text of the file."""
    editor = _load("editor.schema.json")["$defs"]
    blocks = [HEAD + f"import type {{ {', '.join(BY_HAND)} }} from './schema';\n"]
    blocks += [declaration(name, one, {}) for name, one in editor.items() if name not in BY_HAND]
    for file, names in SOURCES.items():
        schema = _load(file)
        blocks += [declaration(name, _at(schema, pointer), names, pointer) for pointer, name in names.items()]
    return "\n".join(blocks)


def _load(name: str) -> Any:
    (path,) = (folder / name for folder in FOLDERS if (folder / name).exists())
    return json.loads(path.read_text(encoding="utf-8"))


def _at(schema: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        schema = schema[step]
    return schema


def declaration(name: str, schema: Schema, names: Mapping[str, str], pointer: str = "") -> str:
    """An interface, or the name of a type, with what the schema says of it."""
    head = f"/** {schema['description']} */\n" if "description" in schema else ""
    if "properties" in schema:
        return f"{head}export interface {name} {{\n{''.join(_members(schema, names, pointer))}}}\n"
    return f"{head}export type {name} = {_type(schema, names, pointer)};\n"


def _members(schema: Schema, names: Mapping[str, str], pointer: str) -> Iterator[str]:
    for name, one in schema["properties"].items():
        mark = "" if name in schema.get("required", ()) else "?"
        if "description" in one:
            yield f"  /** {one['description']} */\n"
        key = name if name.isidentifier() else f"'{name}'"
        yield f"  {key}{mark}: {_type(one, names, f'{pointer}/properties/{name}')};\n"


def _type(schema: Schema, names: Mapping[str, str], pointer: str) -> str:
    """A schema as a TypeScript type; what has a name of its own is called by it."""
    if pointer and pointer in names:
        return names[pointer]
    match schema:
        case {"$ref": ref}:
            text = str(ref).rpartition("/")[2]
        case {"anyOf": choices}:
            text = " | ".join(_type(one, names, f"{pointer}/anyOf/{at}") for at, one in enumerate(choices))
        case {"enum": values}:
            text = " | ".join(f"'{one}'" for one in values)
        case {"type": list(kinds)}:
            each = (_type({**schema, "type": one}, names, pointer) for one in kinds)
            text = " | ".join(each)
        case {"type": "array", "items": items}:
            text = f"{_grouped(_type(items, names, f'{pointer}/items'))}[]"
        case {"type": "object"}:
            text = _object(schema, names, pointer)
        case _:
            text = _PLAIN.get(str(schema.get("type")), "Json")
    return text


def _object(schema: Schema, names: Mapping[str, str], pointer: str) -> str:
    if "properties" in schema:
        members = (line.strip() for line in _members(schema, names, pointer) if not line.startswith("  /**"))
        return f"{{ {' '.join(members)} }}".replace("; }", " }")
    values = schema.get("additionalProperties")
    return f"Record<string, {_type(values, names, pointer)}>" if isinstance(values, dict) else "JsonObject"


def _grouped(text: str) -> str:
    return f"({text})" if " | " in text else text


if __name__ == "__main__":
    PAGE.write_text(wire_types(), encoding="utf-8")
