"""Keeps what was not written in a Data Store namespace, with everything that a replay needs."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import ExecutionContext, HostError, JsonValue, StoreRecord
from ziggy_sf_write.errors import StoreError
from ziggy_sf_write.run.emit import sentence
from ziggy_sf_write.run.ledger import Ledger, Outcome
from ziggy_sf_write.validation.plain import to_json_value
from ziggy_sf_write.validation.problems import Unsuitable

_KEPT = frozenset({Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN})
_BATCH = 1_000


class Names:
    """Keys within the namespace, each given once in a run.

    Two items of one run with one key are both kept, the second as `key (2)`, so that a replay loses neither.
    """

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._counts: Counter[str] = Counter()

    def give(self, key: str) -> str:
        """The key itself if it is free, else the next one like it that is."""
        name = key
        while name in self._given:
            self._counts[key] += 1
            name = f"{key} ({self._counts[key] + 1})"
        self._given.add(name)
        return name


class Keeper:
    """Upserts failed, unprocessed and unknown items into the namespace, if one is configured, each of them once.

    It is asked after each window of a long edge, so that a process that is killed has kept what it had reported. A
    preview keeps nothing.
    """

    def __init__(
        self,
        items: Sequence[JsonValue],
        ledger: Ledger,
        config: WriteConfig,
        context: ExecutionContext,
        *,
        names: Names,
    ) -> None:
        self._items = items
        self._ledger = ledger
        self._config = config
        self._context = context
        self._namespace = None if config.advanced.is_dry_run else config.error_namespace
        self._names = names
        self._named: dict[int, str] = {}
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
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        open_items = set(indices)
        while open_items:
            by_name = {self._name(index): index for index in sorted(open_items)}
            before = {one.key: one for one in self._context.store.find_keys(namespace, by_name)}
            # A loop over batches runs the block once for each: another item of the same key may be kept already.
            taken = {index for name, index in by_name.items() if self._is_another(before.get(name), index)}
            self._context.store.upsert_many(
                StoreRecord(
                    name=namespace,
                    key=name,
                    data={**self._entry(index), "attempt": _attempts(before.get(name)) + 1, "at": at},
                )
                for name, index in by_name.items()
                if index not in taken
            )
            for index in taken:
                del self._named[index]
            open_items = taken
        self._kept.update(indices)

    def _name(self, index: int) -> str:
        """The item's name, which it keeps should the store have to be asked once more."""
        if index not in self._named:
            self._named[index] = self._names.give(_key(self._items[index], self._config.match_key))
        return self._named[index]

    def _is_another(self, kept: StoreRecord | None, index: int) -> bool:
        """Whether this very run has kept another item there; one of an earlier run is a try of the same."""
        if kept is None or not isinstance(kept.data, dict):
            return False
        is_of_this_run = kept.data.get("executionId") == self._context.execution_id
        return is_of_this_run and kept.data.get("data") != _kept_form(self._items[index])

    def _entry(self, index: int) -> dict[str, JsonValue]:
        config, reasons = self._config, self._ledger.reasons(index)
        return {
            "data": _kept_form(self._items[index]),
            "reason": sentence(reasons),
            "errors": [reason.to_json() for reason in reasons],
            "outcome": self._ledger.outcome(index).label,
            "object": config.object,
            "operation": "upsert" if config.is_upsert else "update",
            "connection": config.connection,
            "flow": self._context.flow_name,
            "executionId": self._context.execution_id,
        }


def _key(item: JsonValue, match_key: str) -> str:
    """The match key's value, or a stable hash of the item where there is none."""
    value = None
    if isinstance(item, dict):
        value = next((one for name, one in item.items() if str(name).lower() == match_key.lower()), None)
    return str(value) if value not in (None, "") else _content_hash(item)


def _attempts(kept: StoreRecord | None) -> int:
    attempt = kept.data.get("attempt") if kept is not None and isinstance(kept.data, dict) else None
    return attempt if isinstance(attempt, int) else 0


def _kept_form(item: JsonValue) -> JsonValue:
    try:
        return _plain(item)
    except RecursionError:
        return "(nested too deeply to be kept; no Salesforce field holds such a value)"


def _plain(item: JsonValue) -> JsonValue:
    """The item as JSON can hold it: a date, a decimal or bytes in the form in which they are written to Salesforce."""
    if isinstance(item, dict):
        return {str(name): _plain(value) for name, value in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(value) for value in item]
    try:
        plain = to_json_value(item)
    except Unsuitable:
        return str(item)
    # The digits that no float can hold are kept as a text.
    return str(plain) if isinstance(plain, Decimal) else plain


def _content_hash(item: JsonValue) -> str:
    text = json.dumps(_kept_form(item), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
