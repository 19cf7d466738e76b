"""Keeps what was not written in a Data Store namespace, with everything that a replay needs."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import ExecutionContext, HostError, JsonValue, StoreRecord
from ziggy_sf_write.errors import StoreError
from ziggy_sf_write.run.emit import sentence
from ziggy_sf_write.run.ledger import Ledger, Outcome

_KEPT = frozenset({Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN})
_BATCH = 1_000


class Keeper:
    """Upserts failed, unprocessed and unknown items into the namespace, if one is configured, each of them once.

    It is asked after each window of a long edge, so that a process that is killed has kept what it had reported. A
    preview keeps nothing.
    """

    def __init__(
        self, items: Sequence[JsonValue], ledger: Ledger, config: WriteConfig, context: ExecutionContext
    ) -> None:
        self._items = items
        self._ledger = ledger
        self._config = config
        self._context = context
        self._namespace = None if config.advanced.is_dry_run else config.error_namespace
        self._names = _Names(config.match_key)
        self._kept: set[int] = set()

    def keep(self, window: range) -> None:
        """Keeps what was not written of these items and is not kept yet.

        Raises:
            StoreError: the store failed; the message names it and the report still carries every item.
        """
        if self._namespace is None:
            return
        wanted = (index for index in self._ledger.not_written(window) if self._ledger.outcome(index) in _KEPT)
        indices = (index for index in wanted if index not in self._kept)
        try:
            while batch := list(islice(indices, _BATCH)):
                self._keep_batch(self._namespace, batch)
        except HostError as err:
            raise StoreError(
                f"Items that were not written could not be kept in namespace `{self._namespace}`: {err} "
                "They are all in this run's report."
            ) from err

    def _keep_batch(self, namespace: str, indices: Sequence[int]) -> None:
        store, at = self._context.store, datetime.now(UTC).isoformat(timespec="milliseconds")
        by_key = {self._names.key(self._items[index]): index for index in indices}
        before = {record.key: record for record in store.find_keys(namespace, by_key)}
        store.upsert_many(
            StoreRecord(
                name=namespace,
                key=key,
                data={**self._entry(index), "attempt": _attempts(before.get(key)) + 1, "at": at},
            )
            for key, index in by_key.items()
        )
        self._kept.update(indices)

    def _entry(self, index: int) -> dict[str, JsonValue]:
        config, reasons = self._config, self._ledger.reasons(index)
        return {
            "data": _plain(self._items[index]),
            "reason": sentence(reasons),
            "errors": [reason.to_json() for reason in reasons],
            "outcome": self._ledger.outcome(index).label,
            "object": config.object,
            "operation": "upsert" if config.is_upsert else "update",
            "connection": config.connection,
            "flow": self._context.flow_name,
            "executionId": self._context.execution_id,
        }


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


def _attempts(kept: StoreRecord | None) -> int:
    attempt = kept.data.get("attempt") if kept is not None and isinstance(kept.data, dict) else None
    return attempt if isinstance(attempt, int) else 0


def _plain(item: JsonValue) -> JsonValue:
    """The item as JSON can hold it: a date or a decimal becomes its text."""
    return json.loads(json.dumps(item, default=str))


def _content_hash(item: JsonValue) -> str:
    text = json.dumps(item, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
