"""Writes the table of settings in docs/using-the-block.md from the schema that the form is drawn from."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ziggy_sf_write.resources import load_schema

PAGE = Path(__file__).parents[1] / "docs" / "using-the-block.md"
BEGIN, END = "<!-- settings: made from the schema -->\n", "<!-- end of settings -->\n"


def table(properties: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """A row for each setting: its label, its key, its default, what it does."""
    yield "| label | key | default | what it does, and when to change it |"
    yield "|---|---|---|---|"
    for name, one in properties.items():
        if "properties" not in one:
            shown = f"`{json.dumps(one['default'])}`" if "default" in one else "none"
            yield f"| {one['title']} | `{path}{name}` | {shown} | {one['description']} |"


def settings() -> str:
    """Both tables: what every flow sets, and what most never touch."""
    properties = load_schema("config.schema.json")["properties"]
    advanced = properties["advanced"]["properties"]
    return "\n".join([*table(properties), "", "### Advanced", "", *table(advanced, "advanced."), ""])


def page(text: str) -> str:
    """The page with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + settings() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE.name} written")
