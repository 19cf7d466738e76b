"""Keeps what was not written in a Data Store namespace (elsewhere called a dead letter), ready for a replay."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import islice

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import ExecutionContext, JsonValue, StoreRecord
from ziggy_sf_write.errors import StoreError, said
from ziggy_sf_write.run.edges import Window, sentence
from ziggy_sf_write.run.outcomes import Outcome
from ziggy_sf_write.validation.problems import Unsuitable
from ziggy_sf_write.validation.text import to_json_value

log = logging.getLogger(__name__)

_KEPT = frozenset({Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN})
_BATCH = 1_000


class ErrorNamespace:
    """Upserts failed, unprocessed and unknown items into the namespace, if one is configured.

    It is asked after each window, so that a process that is killed has kept what it had reported. A preview keeps
    nothing.
    """

    def __init__(self, config: WriteConfig, host: ExecutionContext) -> None:
        self._config = config
        self._host = host
        self._name = namespace_of(config)
        self._given: set[str] = set()
        self._siblings: Counter[str] = Counter()

    def keep(self, window: Window, among: Collection[int] | None = None) -> dict[str, int]:
        """Keeps what was not written of a window. The keys that were given, each with its item's place.

        Args:
            window: its items that are open yet are passed over.
            among: the places that have not been kept before; None for all.

        Raises:
            StoreError: the store failed; the message names it and the report still carries every item.
        """
        places: dict[str, int] = {}
        if self._name is None:
            return places
        ledger = window.ledger
        new = ledger.not_written() if among is None else sorted(among)
        indices = (index for index in new if ledger.outcome(index) in _KEPT)
        try:
            while batch := list(islice(indices, _BATCH)):
                given: dict[int, str] = {}
                ask_twice(partial(self._keep_batch, self._name, window, batch, given), namespace=self._name)
                places.update({key: index for index, key in given.items()})
        except Exception as err:  # whatever a host's store raises, what was written stays accounted for
            raise StoreError(
                f"Items that were not written could not be kept in namespace `{self._name}`: {said(err)} "
                "They are all in this run's report."
            ) from err
        return places

    def _keep_batch(self, namespace: str, window: Window, indices: Sequence[int], given: dict[int, str]) -> None:
        """Keeps these items; `given` holds the key that each has got, should the store have to be asked once more."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        open_items = list(indices)
        while open_items:
            given.update({at: self._free_key(window.items[at]) for at in open_items if at not in given})
            by_key = {given[index]: index for index in open_items}
            before = {one.key: one for one in self._host.store.find_keys(namespace, by_key)}
            # A loop over batches runs the block once for each: another item of the same key may be kept already.
            taken = {key for key, index in by_key.items() if self._is_another(before.get(key), window.items[index])}
            self._host.store.upsert_many(
                StoreRecord(
                    name=namespace,
                    key=key,
                    data={**self._entry(window, index), "attempt": _attempts(before.get(key)) + 1, "at": at},
                )
                for key, index in by_key.items()
                if key not in taken
            )
            open_items = sorted(by_key[key] for key in taken)
            for index in open_items:
                del given[index]

    def _free_key(self, item: JsonValue) -> str:
        """The item's key, or the next one like it that this run has not given: two items of one key are both kept, the
        second as `key (2)`, so that a replay loses neither.
        """
        key = name = kept_key(item, self._config)
        while name in self._given:
            self._siblings[key] += 1
            name = sibling(key, self._siblings[key] + 1)
        self._given.add(name)
        return name

    def _is_another(self, kept: StoreRecord | None, item: JsonValue) -> bool:
        """Whether this very run has kept another item there; one of an earlier run is a try of the same."""
        if kept is None or not isinstance(kept.data, dict):
            return False
        is_of_this_run = kept.data.get("executionId") == self._host.execution_id
        return is_of_this_run and kept.data.get("data") != _kept_form(item)

    def _entry(self, window: Window, index: int) -> dict[str, JsonValue]:
        config, reasons = self._config, window.ledger.reasons(index)
        return {
            "data": _kept_form(window.items[index]),
            "reason": sentence(reasons),
            "errors": [reason.to_json() for reason in reasons],
            "outcome": window.ledger.outcome(index).label,
            "object": config.object,
            "operation": "upsert" if config.upsert else "update",
            "matchKey": config.match_key,
            "properties": list(config.properties),
            "connection": config.connection,
            "flow": self._host.flow_name,
            "executionId": self._host.execution_id,
        }


def ask_twice(ask: Callable[[], None], *, namespace: str) -> None:
    """What fails for a moment, such as a locked file, shall not end a run; the second time it does."""
    try:
        ask()
    except Exception:  # whatever a host's store raises
        log.warning("namespace %s is asked once more", namespace, exc_info=True)
        ask()


def namespace_of(config: WriteConfig) -> str | None:
    """The namespace that keeps failures; None where none is set, or in a preview."""
    return None if config.advanced.dry_run else config.error_namespace


def kept_key(item: JsonValue, config: WriteConfig) -> str:
    """What an item is kept under: the match key's value, or a stable hash of the item where there is none."""
    value = None
    if isinstance(item, dict):
        value = next((one for name, one in item.items() if config.is_match_key(str(name))), None)
    return str(value) if value not in (None, "") else content_hash(item)


def sibling(key: str, number: int) -> str:
    """What the second and each further item of a key is kept under."""
    return f"{key} ({number})"


def _attempts(kept: StoreRecord | None) -> int:
    attempt = kept.data.get("attempt") if kept is not None and isinstance(kept.data, dict) else None
    return attempt if isinstance(attempt, int) else 0


def _kept_form(item: JsonValue) -> JsonValue:
    try:
        return plain(item)
    except RecursionError:
        return "(nested too deeply to be kept; no Salesforce field holds such a value)"


def plain(item: JsonValue) -> JsonValue:
    """The item, or a value of it, as JSON holds it: a date, a decimal or bytes in the form that Salesforce is sent."""
    if isinstance(item, dict):
        return {str(name): plain(value) for name, value in item.items()}
    if isinstance(item, list | tuple):
        return [plain(value) for value in item]
    try:
        value = to_json_value(item)
    except Unsuitable:
        return str(item)
    # The digits that no float can hold are kept as a text.
    return str(value) if isinstance(value, Decimal) else value


def content_hash(item: JsonValue) -> str:
    """The same text for items that hold the same, 32 hexadecimal digits."""
    text = json.dumps(_kept_form(item), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
