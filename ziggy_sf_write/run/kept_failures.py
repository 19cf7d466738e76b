"""Ends kept failures whose item has been written since, so that a replay never puts old values over newer ones."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ziggy_sf_write.contract import Item, JsonValue, StoreRecord
from ziggy_sf_write.errors import ask_store
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.error_namespace import (
    KeptKeys,
    Siblings,
    common_form,
    content_hash,
    kept_key,
    namespace_of,
    sibling,
)
from ziggy_sf_write.run.outcomes import Outcome, Window
from ziggy_sf_write.run.plan import MatchKey, Write
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import to_18
from ziggy_sf_write.validation import EmptyValues
from ziggy_sf_write.validation.rules import find_target

_PAGE = 1_000
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """What is to become of the kept failures of one page of the namespace."""

    removed: list[str]
    superseded: list[StoreRecord]


class KeptFailures:
    """Looks, after each window that wrote anything, for kept failures of the same records.

    A failure whose fields have all been written is removed. One of which only some have been written loses these: they
    stand under `superseded` from then on, and what is left under `data` is what a replay sends.

    It costs one look a run while the namespace is empty. Else the first look reads as many failures as there are
    written items, 1,000 at least: of these every spelling of a key is known. Where there are more, each 1,000 written
    items cost one look besides, at what is kept under their keys as most spell them, and one at the odd spellings that
    are noted (`KeptKeys`), where there are any.
    """

    def __init__(self, run: RunContext, describe: ObjectDescribe, key: MatchKey, checks: Checks) -> None:
        self._run = run
        self._describe = describe
        self._key = key
        self._checks = checks
        self._namespace = namespace_of(run.config)
        self._has_looked = False
        # Whether the first look has read all that was there.
        self._is_whole = False
        self._kept_keys = KeptKeys(run.config, run.host.store)
        self._siblings = Siblings(run.host, self._namespace)
        # Whether there may be failures under a spelling that does not follow from the written one.
        self._has_odd_keys = False
        # What failures are kept under, by the key that they mean.
        self._places: dict[Hashable, set[str]] = {}

    def end(self, window: Window, writes: Iterable[Write], *, began: str, own: Mapping[str, int]) -> None:
        """Ends what the written items of a window make obsolete.

        Args:
            window: a closed window.
            writes: its items that passed the check.
            began: when its writing began, in UTC; what others have kept since is newer than what was written.
            own: the keys under which its own failures are kept, with each item's place.

        Raises:
            StoreError: the store failed.
        """
        if self._namespace is None:
            return
        ledger = window.ledger
        written = [write for write in writes if ledger.outcome(write.index) in _WRITTEN]
        for place, index in own.items():
            self._note(place, window.items[index])
        if not written or (self._is_whole and not self._places):
            return  # what others keep while this run goes on is newer than what it has written
        ask_store(
            partial(self._end, self._namespace, window, written, began, own),
            failed=f"Failures that are kept in namespace `{self._namespace}` and have been written since could not be "
            "taken out of it",
            cure="Before you replay them, look whether their records hold newer values.",
        )

    def _end(self, namespace: str, window: Window, writes: Sequence[Write], began: str, own: Mapping[str, int]) -> None:
        store, counts = self._run.host.store, self._run.counts
        if not self._has_looked:
            self._look(namespace, most=max(_PAGE, len(writes)))
        written = _Written(window, writes)
        for start in range(0, len(writes), _PAGE):
            found, odd = self._find(namespace, window, writes[start : start + _PAGE])
            ending = self._judge(found, written, began, own)
            if ending.superseded:
                store.upsert_many(ending.superseded)
            if ending.removed:
                store.delete_keys(namespace, ending.removed)
            counts.kept_removed += len(ending.removed)
            counts.kept_superseded += len(ending.superseded)
            kept = {record.key for record in found}
            gone = {*ending.removed, *(odd - kept)}
            self._kept_keys.forget(gone, left=kept - gone)
            self._siblings.forget(ending.removed)

    def _look(self, namespace: str, *, most: int) -> None:
        """The first look of a run: what the namespace holds, read as far as that many written items pay for it."""
        seen = 0
        while seen < most and not self._is_whole:
            page = self._run.host.store.find(namespace, limit=_PAGE, offset=seen)
            seen, self._is_whole = seen + len(page), len(page) < _PAGE
            for record in page:
                item = self._item_of(record)
                if item is not None:
                    self._note(record.key, item)
        self._has_odd_keys = not self._is_whole and not self._kept_keys.is_empty()
        self._has_looked = True

    def _note(self, place: str, item: JsonValue) -> None:
        self._places.setdefault(self._meant(item), set()).add(place)

    def _meant(self, item: JsonValue) -> Hashable:
        """The key of an item; of one without any, what is in it."""
        key = self._key_value(item) if isinstance(item, dict) else None
        return ("like", content_hash(item)) if key is None else key

    def _find(self, namespace: str, window: Window, writes: Sequence[Write]) -> tuple[list[StoreRecord], set[str]]:
        """The failures of these items' keys, under whatever of their spellings, and their siblings. Besides: the odd
        spellings of these keys that are noted.
        """
        names: set[str] = set()
        keys: set[str] = set()
        for write in writes:
            kept = kept_key(window.items[write.index], self._run.config)
            names |= self._places.get(write.key if write.key is not None else ("like", kept), set())
            if write.key is not None:
                keys |= {kept, str(write.record[self._key.field.name])}
            elif not self._is_whole:
                names.add(kept)
        if self._is_whole:
            return list(self._run.host.store.find_keys(namespace, names)) if names else [], set()
        odd = self._kept_keys.find(keys) if self._has_odd_keys else set()
        names |= odd.union(*map(_spellings, keys))
        found: dict[str, StoreRecord] = {}
        numbers = range(2, 5)
        asked = {*names, *(sibling(name, number) for name in names for number in numbers)}
        while asked:
            more = {record.key: record for record in self._run.host.store.find_keys(namespace, asked)}
            found |= more
            # A key may have failed again and again: twice as many are asked for each time, as long as any is there.
            longer = [name for name in names if any(sibling(name, number) in more for number in numbers)]
            numbers = range(numbers.stop, 2 * numbers.stop - 1)
            asked = {sibling(name, number) for name in longer for number in numbers}
        return list(found.values()), odd

    def _judge(self, page: Sequence[StoreRecord], written: "_Written", began: str, own: Mapping[str, int]) -> _Ending:
        ending = _Ending(removed=[], superseded=[])
        for record in page:
            item = self._item_of(record)
            if item is None:
                continue
            is_own = record.data.get("executionId") == self._run.host.execution_id
            if not is_own and str(record.data.get("at")) >= began:
                continue
            key = self._key_value(item)
            if key is None:
                # Two items without a key are two records: the same item of the same run is another one.
                if not is_own and written.take_like(item):
                    ending.removed.append(record.key)
                continue
            writes = list(written.of(key, behind=own.get(record.key, -1)))
            newer = {field for write in writes for field in self._fields(write)}
            told = self._told(item, record.data.get("properties") or ())
            gone = {name for name, field in told.items() if field in newer}
            if writes and gone == told.keys():
                ending.removed.append(record.key)
            elif gone:
                ending.superseded.append(_without(record, gone))
        return ending

    def _item_of(self, record: StoreRecord) -> Item | None:
        """The item of a failure that this block has kept for the same object, connection and key; else None."""
        data, config = record.data, self._run.config
        if not isinstance(data, dict) or not isinstance(data.get("data"), dict):
            return None
        about = (data.get("connection"), _lower(data.get("object")), _lower(data.get("matchKey", config.match_key)))
        is_same = about == (config.connection, config.object.lower(), config.match_key.lower())
        return data["data"] if is_same else None

    def _key_value(self, item: Item) -> Hashable | None:
        record, _ = self._checks.check(item)
        value = record.get(self._key.field.name)
        return None if value is None else self._key.of(value)

    def _fields(self, write: Write) -> set[str]:
        """The fields that were written, a relationship by the field behind it."""
        targets = (find_target(self._describe, name) for name in write.record)
        return {target.info.name for target in targets if target is not None}

    def _told(self, item: Item, properties: Sequence[str]) -> dict[str, str]:
        """The keys of a kept item that its run would have written, with their fields; the match key is none of them."""
        listed = {_lower(name) for name in properties}
        leaves_empty = self._run.config.advanced.empty_values is EmptyValues.IGNORE
        told = {}
        for name, value in item.items():
            field = self._run.config.field_of(name) or ""
            target = find_target(self._describe, field)
            is_wanted = not listed or _lower(field) in listed or _lower(field.partition(".")[0]) in listed
            if target is None or not is_wanted or (value == "" and leaves_empty):
                continue
            if target.info.name != self._key.field.name:
                told[name] = target.info.name
        return told


def _spellings(key: str) -> set[str]:
    """How else a key is often spelled: its case, white space around it, an Id with or without its check digits."""
    told = {key, trimmed(key), common_form(key)}
    folded = {fold(one) for one in told for fold in (str.lower, str.upper)}
    return told | folded | {one[:15] for one in told if len(one) == 18} | {to_18(one) for one in told if len(one) == 15}


class _Written:
    """The written items of a window, by key; those without one by what is in them."""

    def __init__(self, window: Window, writes: Sequence[Write]) -> None:
        self._by_key: dict[Hashable, list[Write]] = {}
        self._window = window
        self._without_key = [write for write in writes if write.key is None]
        self._hashes: list[str] | None = None
        for write in writes:
            if write.key is not None:
                self._by_key.setdefault(write.key, []).append(write)

    def of(self, key: Hashable, *, behind: int) -> Iterator[Write]:
        """The writes of a key that come after this place of the window."""
        return (write for write in self._by_key.get(key, ()) if write.index > behind)

    def take_like(self, item: Item) -> bool:
        """Whether the same item was written without a key; each written one stands for one kept."""
        if self._hashes is None:
            self._hashes = [content_hash(self._window.items[write.index]) for write in self._without_key]
        wanted = content_hash(item)
        if wanted not in self._hashes:
            return False
        self._hashes.remove(wanted)
        return True


def _without(record: StoreRecord, names: Iterable[str]) -> StoreRecord:
    item, gone = record.data["data"], set(names)
    superseded = {**record.data.get("superseded", {}), **{name: item[name] for name in item if name in gone}}
    left = {name: value for name, value in item.items() if name not in gone}
    return replace(record, data={**record.data, "data": left, "superseded": superseded})


def _lower(value: JsonValue) -> str:
    return str(value).lower()
