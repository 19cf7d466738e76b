"""Items as files: JSON and CSV, written row by row."""

import csv
import io
from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_studio.rows.outputs import spreadsheet_safe

_NO_OBJECT = "(no object)"


def as_file(request: Request, items: JsonValue, *, name: str) -> Response:
    """The items as the file that the query asks for: `format=csv`, with `safe=1` safe for spreadsheets, else JSON."""
    is_csv = request.query_params.get("format") == "csv"
    is_safe = request.query_params.get("safe") == "1"
    lines = _csv_lines(items, is_safe=is_safe) if is_csv else _json_lines(items)
    kind = "csv" if is_csv else "json"
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "-" for one in name)
    # A header holds no other letters; the second name, as RFC 6266 has it, is the one that browsers take.
    names = f"filename=\"{safe}.{kind}\"; filename*=UTF-8''{quote(name, safe='')}.{kind}"
    headers = {"content-disposition": f"attachment; {names}"}
    return StreamingResponse(lines, media_type=f"text/{kind}" if is_csv else "application/json", headers=headers)


def _json_lines(items: JsonValue) -> Iterator[str]:
    yield "["
    for index, item in enumerate(items):
        yield f"{',' if index else ''}\n  {to_json(item)}"
    yield "\n]\n"


def _csv_lines(items: JsonValue, *, is_safe: bool) -> Iterator[str]:
    keys: dict[str, None] = {}
    for item in items:
        keys.update(dict.fromkeys(as_object(item)))
    yield _csv_line(list(keys))
    for item in items:
        row = as_object(item)
        cells = [_csv_cell(row.get(key)) for key in keys]
        yield _csv_line([spreadsheet_safe(cell) for cell in cells] if is_safe else cells)


def as_object(item: JsonValue) -> dict[str, JsonValue]:
    """An item that is no object stands in a column of its own, as JSON."""
    return item if isinstance(item, dict) else {_NO_OBJECT: to_json(item)}


def _csv_line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _csv_cell(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else to_json(value)
