"""Keeps what was not written in a Data Store namespace, with everything that a replay needs."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import DataStore, ExecutionContext, HostError, JsonValue, StoreRecord
from ziggy_sf_write.errors import StoreError
from ziggy_sf_write.run.emit import sentence
from ziggy_sf_write.run.ledger import Ledger, Outcome

_KEPT = frozenset({Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN})
_BATCH = 1_000


def keep_failures(items: Sequence[JsonValue], ledger: Ledger, config: WriteConfig, context: ExecutionContext) -> None:
    """Upserts each failed, unprocessed or unknown item into the namespace, if one is configured.

    Raises:
        StoreError: the store failed; the message names it and the report still carries every item.
    """
    namespace = config.error_namespace
    if namespace is None:
        return
    indices = [index for index in ledger.not_written() if ledger.outcome(index) in _KEPT]
    names = _Names(config.match_key)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    entries = ((names.key(items[index]), _entry(items[index], index, ledger, config, context)) for index in indices)
    try:
        while batch := list(islice(entries, _BATCH)):
            _keep_batch(context.store, namespace, batch, at)
    except HostError as err:
        raise StoreError(
            f"{len(indices)} items that were not written could not be kept in namespace `{namespace}`: {err} "
            "They are all in this run's report."
        ) from err


def _keep_batch(store: DataStore, namespace: str, batch: Sequence[tuple[str, dict[str, JsonValue]]], at: str) -> None:
    before = {record.key: record for record in store.find_keys(namespace, (key for key, _ in batch))}
    store.upsert_many(
        StoreRecord(name=namespace, key=key, data={**entry, "attempt": _attempts(before.get(key)) + 1, "at": at})
        for key, entry in batch
    )


class _Names:
    """Keys within the namespace: the match key's value, or a stable hash of the item where there is none.

    Two items of one run with one key are both kept, the second as `key (2)`, so that a replay loses neither.
    """

    def __init__(self, match_key: str) -> None:
        self._match_key = match_key.lower()
        self._seen: Counter[str] = Counter()

    def key(self, item: JsonValue) -> str:
        """The key to keep this item under."""
        value = None
        if isinstance(item, dict):
            value = next((one for name, one in item.items() if name.lower() == self._match_key), None)
        key = str(value) if value not in (None, "") else _content_hash(item)
        self._seen[key] += 1
        return key if self._seen[key] == 1 else f"{key} ({self._seen[key]})"


def _entry(
    item: JsonValue, index: int, ledger: Ledger, config: WriteConfig, context: ExecutionContext
) -> dict[str, JsonValue]:
    reasons = ledger.reasons(index)
    return {
        "data": _plain(item),
        "reason": sentence(reasons),
        "errors": [reason.to_json() for reason in reasons],
        "outcome": ledger.outcome(index).label,
        "object": config.object,
        "operation": "upsert" if config.is_upsert else "update",
        "connection": config.connection,
        "flow": context.flow_name,
        "executionId": context.execution_id,
    }


def _attempts(kept: StoreRecord | None) -> int:
    attempt = kept.data.get("attempt") if kept is not None and isinstance(kept.data, dict) else None
    return attempt if isinstance(attempt, int) else 0


def _plain(item: JsonValue) -> JsonValue:
    """The item as JSON can hold it: a date or a decimal becomes its text."""
    return json.loads(json.dumps(item, default=str))


def _content_hash(item: JsonValue) -> str:
    text = json.dumps(item, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
