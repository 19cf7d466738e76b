"""A file that a person gives the editor: read as the commands read it, and given back as the text of test data."""

import io

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_studio.rows import ReadOptions, rows_of
from ziggy_studio.web.body import require_shallow
from ziggy_studio.web.errors import ApiError, ErrorCode

# More rows than these stand on a line each, so that their text stays small.
_FEW = 1000


def as_test_data(name: str, data: bytes, options: ReadOptions, *, most: int) -> dict[str, JsonValue]:
    """What was found, how many rows there are, and their text.

    Args:
        name: the file's name, whose ending says what it is.
        data: its bytes.
        options: what a person has said of it.
        most: so many letters the rows may have; a small compressed file may hold very much.

    Raises:
        UsageProblem: it cannot be read, or it is uncertain how.
        ApiError: its rows are more, or deeper, than test data can be.
    """
    rows: list[JsonValue] = []
    lines: list[str] = []
    size = 0
    with rows_of(name, io.BytesIO(data), options) as source:
        for row in source.rows:
            require_shallow(row)
            line = to_json(row)
            size += len(line)
            if size > most:
                what = f"{name} holds more than {most // 1_000_000} MB of rows, which is too much for test data."
                raise ApiError(ErrorCode.TOO_LARGE, what, "Load it with the command `write`, or give a smaller part.")
            lines.append(line)
            if len(rows) <= _FEW:
                rows.append(row)
        found = source.found
    text = to_json(rows, indent=2) if len(lines) <= _FEW else "[\n  " + ",\n  ".join(lines) + "\n]"
    return {"found": found, "count": len(lines), "text": text}
