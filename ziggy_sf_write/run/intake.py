"""Reads the primary edge: an array of objects; a single object counts as an array of one."""

from collections.abc import Sequence

from ziggy_sf_write.contract import Edge, JsonValue
from ziggy_sf_write.run.ledger import Reason, Stage

_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    type(None): "null",
}


def primary_items(edges: Sequence[Edge]) -> Sequence[JsonValue]:
    """The items of edge 0, the one that blocks read; empty where nothing is wired."""
    primary = min(edges, key=lambda edge: edge.index, default=None)
    if primary is None:
        return ()
    return (primary.items,) if isinstance(primary.items, dict) else primary.items


def not_an_object(item: JsonValue) -> Reason:
    """Why an item that is no dict cannot be a record."""
    kind = _KINDS.get(type(item), f"a {type(item).__name__}")
    return Reason(
        stage=Stage.INTAKE,
        code="not_an_object",
        message=f'The item is {kind}, but a record needs keys and values, such as {{"Name": "Acme"}}.',
    )
