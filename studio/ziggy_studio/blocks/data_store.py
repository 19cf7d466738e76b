"""Data Store: reads a namespace, writes into it, deletes from it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence

from ziggy_sf_write.contract import (
    BOOKKEEPING,
    BlockDescriptor,
    BlockResult,
    Choice,
    Config,
    DataStore,
    Edge,
    ExecutionContext,
    FormContext,
    JsonValue,
    StoreRecord,
)
from ziggy_studio.store.paging import all_records

_ID, _ID_LENGTH = "Id", 15

DESCRIPTOR = BlockDescriptor(
    type="DATA_STORE_V1",
    name="Data Store",
    version="1.0.0",
    group="Core",
    info="Reads, writes or deletes records of a namespace",
    help=(
        "**Read** gives the records of a namespace in key order, in batches if *Items in a batch* is set: then a "
        "**Batch End** has to follow. *Rejected items* gives the items that a block kept there with a reason.\n\n"
        "**Upsert** keeps each item under the value of its key property, or under a hash of its content.\n\n"
        "**Delete** removes the records of that key. **Delete what was written** removes the rejected items that "
        "arrive here after they were written: it compares the items themselves, so that one that was rejected again "
        "stays. Both pass their items on."
    ),
    icon="database",
    width=300,
    input_labels=("Items",),
    output_labels=("Items",),
    default_config={"operation": "read", "namespace": ""},
    config_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["operation", "namespace"],
        "properties": {
            "operation": {
                "enum": ["read", "upsert", "delete", "deleteWritten"],
                "title": "Operation",
                "description": "What to do with the namespace.",
                "default": "read",
            },
            "namespace": {
                "type": "string",
                "minLength": 1,
                "title": "Namespace",
                "description": "The namespace; a new one comes into being with its first record.",
            },
            "emit": {
                "enum": ["records", "data", "items"],
                "title": "What to read",
                "description": "Whole records with their keys, their data, or the rejected items in them.",
                "default": "records",
            },
            "batchSize": {
                "type": "integer",
                "minimum": 0,
                "title": "Items in a batch",
                "description": "How many records to read at a time; 0 reads all at once.",
                "default": 0,
            },
            "key": {
                "type": "string",
                "title": "Key property",
                "description": "The property of an item that is its key; empty: a hash of its content.",
                "default": "",
            },
            "dryRun": {
                "type": "boolean",
                "title": "Change nothing",
                "description": "Read as always, but neither write nor delete. A preview sets it.",
                "default": False,
            },
        },
    },
    ui_schema={
        "operation": {
            "ui:enumNames": ["Read", "Upsert", "Delete", "Delete what was written"],
        },
        "namespace": {"ui:widget": "select", "ui:options": {"choices": "namespace", "creatable": True}},
        "emit": {
            "ui:enumNames": ["Records", "Data", "Rejected items"],
            "ui:options": {"visibleWhen": {"operation": "read"}},
        },
        "batchSize": {"ui:options": {"visibleWhen": {"operation": "read"}}},
        "key": {"ui:options": {"visibleWhen": {"operation": ["upsert", "delete"]}}},
        "dryRun": {"ui:options": {"visibleWhen": {"operation": ["upsert", "delete", "deleteWritten"]}}},
    },
)


def execute(config: Config, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
    """Does what the operation says; all but reading pass on the items that arrived."""
    if config["operation"] == "read":
        return _read(config, context)
    if not config.get("dryRun"):
        _change(config, edges[0].items, context.store)
    return BlockResult(outputs=(edges[0].items,))


def _change(config: Config, items: Sequence[JsonValue], store: DataStore) -> None:
    name, key = config["namespace"], config.get("key", "")
    match config["operation"]:
        case "upsert":
            store.upsert_many(StoreRecord(name=name, key=_key(item, key), data=item) for item in items)
        case "delete":
            for item in items:
                store.delete_key(name, _key(item, key))
        case _:
            _delete_written(store, name, items)


def choices(field: str, context: FormContext) -> list[Choice]:
    """The namespaces that there are, but for the bookkeeping of blocks."""
    names = context.store.namespaces() if field == "namespace" else ()
    return [Choice(value=name, label=name) for name in names if not name.startswith(BOOKKEEPING)]


def _read(config: Config, context: ExecutionContext) -> BlockResult:
    """The next batch. The cursor is the keys still to be read: records may come and go while the loop runs."""
    name, size = config["namespace"], config.get("batchSize", 0)
    emit = config.get("emit", "records")
    if not size:
        return BlockResult(outputs=([_emitted(record, emit) for record in all_records(context.store, name)],))
    keys = context.cursor if context.cursor is not None else [one.key for one in all_records(context.store, name)]
    batch, rest = keys[:size], keys[size:]
    found = {record.key: record for record in context.store.find_keys(name, batch)}
    items = [_emitted(found[key], emit) for key in batch if key in found]
    return BlockResult(outputs=(items,), cursor=rest or None)


def _emitted(record: StoreRecord, emit: str) -> JsonValue:
    if emit == "data":
        return record.data
    if emit == "items":
        return _rejected_item(record.data)
    return {"key": record.key, "data": record.data}


def _rejected_item(data: JsonValue) -> JsonValue:
    """The item of `{"reason": …, "data": item}`, the form in which blocks keep what they reject."""
    return data["data"] if isinstance(data, dict) and "data" in data else data


def _key(item: JsonValue, key: str) -> str:
    value = item.get(key) if key and isinstance(item, dict) else None
    return _content_hash(item) if value in (None, "") else str(value)


def _content_hash(item: JsonValue) -> str:
    return hashlib.sha256(_as_text(item).encode(errors="surrogatepass")).hexdigest()[:32]


def _delete_written(store: DataStore, name: str, written: Sequence[JsonValue]) -> None:
    """Deletes the records whose item is among the written ones. Those have an Id now, or a longer one."""
    ids_by_content: defaultdict[str, set[str]] = defaultdict(set)
    for item in written:
        content, record_id = _without_id(item)
        ids_by_content[content].add(record_id)
    for record in list(all_records(store, name)) if written else ():
        content, record_id = _without_id(_rejected_item(record.data))
        ids = ids_by_content.get(content, ())
        if record_id in ids or (ids and not record_id):
            store.delete_key(name, record.key)


def _without_id(item: JsonValue) -> tuple[str, str]:
    """An item's content without its Id, and the 15 characters of the Id that count; empty where it has none."""
    if not isinstance(item, dict):
        return _as_text(item), ""
    record_id = item.get(_ID)
    return _as_text({key: value for key, value in item.items() if key != _ID}), str(record_id or "")[:_ID_LENGTH]


def _as_text(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
