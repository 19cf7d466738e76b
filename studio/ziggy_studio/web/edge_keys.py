"""The keys of an edge, each with a sample: as the last run had them, or, before any, as the flow's own data tells."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ziggy_sf_write.contract import HostError, JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_studio.blocks.literals import parse_test_data
from ziggy_studio.errors import FlowError
from ziggy_studio.flow import RECEIVER
from ziggy_studio.web.errors import ApiError
from ziggy_studio.web.studio import Studio

_MAPPER = "MAPPER_V1"
_TELL = (RECEIVER, "TEST_DATA_V1")
# What leaves their first output is what came in.
_PASS = ("SALESFORCE_WRITE_V1", "BATCH_V1", "BATCH_END_V1")
# A dropdown waits for it: of a larger flow, and of longer test data, the keys are known when it has run.
_MOST_BYTES, _MOST_LETTERS = 400_000, 200_000
_MOST_ITEMS = 10_000
_SAMPLE_LETTERS = 80


def edge_keys(studio: Studio, flow: str, edge: str) -> list[dict[str, JsonValue]]:
    """The keys of an edge, in order of appearance: `key`, `sample`, and how many of its values come `repeated`."""
    items = _items_of(_document(studio, flow), edge)
    found = _described(items)
    told = {one["key"] for one in found}
    last = _described(studio.runs.last_items(flow, edge))
    return [*found, *(one for one in last if one["key"] not in told)]


def _document(studio: Studio, flow: str) -> Mapping[str, JsonValue]:
    if studio.flows.size(flow) > _MOST_BYTES:
        return {}
    try:
        document: Mapping[str, JsonValue] = studio.flows.open(flow).document
    except (ApiError, FlowError, HostError):
        return {}  # a flow that is not saved yet, or is broken, which is told of elsewhere
    return document


def _items_of(document: Mapping[str, JsonValue], edge_id: str) -> list[JsonValue]:
    """What the flow's own data puts on an edge; nothing where that is not known before it runs."""
    blocks = {one["id"]: one for one in document.get("blocks", [])}
    edges = document.get("edges", [])
    edge = next((one for one in edges if _id_of(one) == edge_id), None)
    seen: list[dict[str, str]] = []
    while edge is not None and (block := blocks.get(edge["source"])):
        config = block.get("config") or {}
        if block["type"] in _TELL:
            items = _test_data(config.get("testData", []))
            for keys in reversed(seen):
                items = [_mapped(one, keys) for one in items]
            return items
        if block["type"] == _MAPPER:
            seen.append(config.get("keys") or {})
        elif block["type"] not in _PASS or edge.get("sourceHandle", "o0") != "o0":
            return []
        source = edge["source"]
        edge = next((one for one in edges if one["target"] == source and one.get("targetHandle", "i0") == "i0"), None)
        if len(seen) > len(blocks):
            return []
    return []


def _id_of(edge: Mapping[str, JsonValue]) -> str:
    """As the page calls an edge that has no id in its file."""
    ends = (edge["source"], edge.get("sourceHandle", "o0"), edge["target"], edge.get("targetHandle", "i0"))
    return edge.get("id") or "{}.{}-{}.{}".format(*ends)


def _test_data(data: JsonValue) -> list[JsonValue]:
    if isinstance(data, str) and len(data) > _MOST_LETTERS:
        return []
    try:
        return parse_test_data(data)[:_MOST_ITEMS]
    except HostError:
        return []  # the field says itself what is wrong with it


def _mapped(item: JsonValue, keys: Mapping[str, str]) -> JsonValue:
    """Under the new keys, dots and all: that is how the settings behind it name them."""
    if not isinstance(item, dict):
        return item
    return {new: item[old] for new, old in keys.items() if old in item}


def _described(items: Sequence[JsonValue]) -> list[dict[str, JsonValue]]:
    objects = [one for one in items[:_MOST_ITEMS] if isinstance(one, dict)]
    keys = dict.fromkeys(str(key) for one in objects for key in one)
    return [{"key": key, **_facts([one[key] for one in objects if one.get(key) is not None])} for key in keys]


def _facts(values: Sequence[JsonValue]) -> dict[str, JsonValue]:
    texts = [one if isinstance(one, str) else to_json(one) for one in values]
    sample = next(filter(None, texts), "")
    return {"sample": sample[:_SAMPLE_LETTERS], "repeated": sum(_repeated(texts))}


def _repeated(texts: Sequence[str]) -> Iterator[int]:
    """One for each value that comes more than once; Salesforce tells keys apart by their letters, not their case."""
    for count in Counter(text.lower() for text in texts).values():
        if count > 1:
            yield 1
