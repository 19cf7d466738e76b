"""What a block did not write, as the page browses, copies and downloads it: items with their reasons."""

from collections.abc import Iterator, Sequence

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_studio.web.downloads import as_object
from ziggy_studio.web.runs import Run


def rejected_page(
    run: Run, block_id: str, *, offset: int, limit: int, code: str = "", search: str = ""
) -> dict[str, JsonValue]:
    """A page of what a block's report says was not written, each entry with its item and one sentence of reason.

    `code` keeps those that have this error, `search` those whose reason or item has this text.
    """
    entries, items = _not_written(run, block_id), _items_into(run, block_id)
    if code:
        entries = [one for one in entries if any(error["code"] == code for error in one["errors"])]
    if search:
        wanted = search.lower()
        entries = [one for one in entries if wanted in _text(items, one).lower()]
    return {
        "total": len(entries),
        "rows": [_row(items, one) for one in entries[offset : offset + limit]],
    }


def rejected_table(run: Run, block_id: str) -> Iterator[dict[str, JsonValue]]:
    """All of it as rows: the item's number, its outcome and its reasons, then its own keys."""
    items = _items_into(run, block_id)
    for entry in _not_written(run, block_id):
        row = _row(items, entry)
        own = {"#": row["index"] + 1, "outcome": row["outcome"], "reason": row["reason"]}
        item = as_object(row["data"]).items() if "data" in row else ()
        yield {**own, **{f"{key} (item)" if key in own else key: value for key, value in item}}


def rejecting_block(run: Run, edge_id: str) -> str | None:
    """The block at an edge's ends that has something to say about rejected items: its source first, then its target."""
    edge = next((one for one in run.flow.edges if one.id == edge_id), None)
    if edge is None:
        return None
    return next((one for one in (edge.source, edge.target) if _not_written(run, one)), None)


def _items_into(run: Run, block_id: str) -> Sequence[JsonValue]:
    incoming = run.flow.incoming(block_id)
    return (run.items(incoming[0].id) or ()) if incoming else ()


def _row(items: Sequence[JsonValue], entry: dict[str, JsonValue]) -> dict[str, JsonValue]:
    # Of a run of long ago, or of a large one, the reasons are kept and the items are not.
    item = {"data": items[entry["index"]]} if entry["index"] < len(items) else {}
    return {
        "index": entry["index"],
        "outcome": entry["outcome"],
        "reason": " ".join(error["message"] for error in entry["errors"]),
        "errors": entry["errors"],
        **item,
    }


def _text(items: Sequence[JsonValue], entry: dict[str, JsonValue]) -> str:
    row = _row(items, entry)
    codes = " ".join(error["code"] for error in entry["errors"])
    item = to_json(row["data"]) if "data" in row else ""
    return f"{row['reason']}\n{codes}\n{item}"


def _not_written(run: Run, block_id: str) -> list[dict[str, JsonValue]]:
    for block in run.finished.blocks if run.finished else ():
        if block.id == block_id and isinstance(block.report, dict):
            entries: list[dict[str, JsonValue]] = block.report.get("notWritten", [])
            return entries
    return []
