"""Keeps what was not written in a Data Store namespace (elsewhere called a dead letter), ready for a replay."""

import hashlib
import json
import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import chain, islice

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.block.namespaces import KEPT_KEYS, SIBLINGS
from ziggy_sf_write.contract import DataStore, ExecutionContext, JsonValue, StoreRecord
from ziggy_sf_write.errors import ask_store
from ziggy_sf_write.run.outcomes import Outcome, Window, sentence
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import ID_FIELD, is_well_formed
from ziggy_sf_write.validation.problems import Unsuitable
from ziggy_sf_write.validation.stored import stored_number
from ziggy_sf_write.validation.text import to_json_value

_KEPT = frozenset({Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN})
_BATCH = 1_000
# Of a key's siblings so many are noted by their content.
_MOST_NOTED = 1_000
_NUMBER_OF_SIBLING = re.compile(r" \([0-9]+\)$")


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
        # How many of a key's names have been looked at: the key itself, `key (2)`, `key (3)` and so on.
        self._passed: Counter[str] = Counter()
        self._siblings = Siblings(host, self._name)
        self._kept_keys = KeptKeys(config, host.store)

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
        failed = f"Items that were not written could not be kept in namespace `{self._name}`"
        while batch := list(islice(indices, _BATCH)):
            given: dict[int, str] = {}
            keep = partial(self._keep_batch, self._name, window, batch, given)
            ask_store(keep, failed=failed, cure="They are all in this run's report.")
            places.update({key: index for index, key in given.items()})
        return places

    def _keep_batch(self, namespace: str, window: Window, indices: Sequence[int], given: dict[int, str]) -> None:
        """Keeps these items; `given` holds the key that each has got, should the store have to be asked once more."""
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        # First of all: a failure whose spelling is noted nowhere could not be found again.
        keys = {index: kept_key(window.items[index], self._config) for index in indices}
        self._kept_keys.note(keys.values())
        chosen = {name: index for index, name in given.items()}
        waiting: dict[str, deque[int]] = {}
        for index, key in keys.items():
            if index not in given:
                waiting.setdefault(key, deque()).append(index)
        ahead = 1
        while chosen or waiting:
            names = {key: self._next_names(key, ahead * len(items)) for key, items in waiting.items()}
            before = {one.key: one for one in self._host.store.find_keys(namespace, chain(chosen, *names.values()))}
            self._siblings.load(
                key for key, items in waiting.items() if self._is_another(before.get(key), window.items[items[0]])
            )
            for key, items in waiting.items():
                chosen |= self._choose(names[key], items, before, window)
            given.update({index: name for name, index in chosen.items()})
            self._host.store.upsert_many(
                StoreRecord(
                    name=namespace,
                    key=name,
                    data={**self._entry(window, index), "attempt": _attempts(before.get(name)) + 1, "at": at},
                )
                for name, index in chosen.items()
            )
            waiting = {key: items for key, items in waiting.items() if items}
            # Of a key that fails again and again, twice as many names are looked at each time.
            chosen, ahead = {}, ahead * 2
        self._siblings.save()

    def _next_names(self, key: str, count: int) -> list[str]:
        """What the next items of a key are kept under: two items of one key are both kept, the second as `key (2)`, so
        that a replay loses neither.
        """
        passed = self._passed[key]
        return [sibling(key, number) if number > 1 else key for number in range(passed + 1, passed + count + 1)]

    def _choose(
        self, names: Iterable[str], items: deque[int], before: Mapping[str, StoreRecord], window: Window
    ) -> dict[str, int]:
        """Gives the first items of a key those of its next names that no other item has; the others are left in
        `items`. A loop over batches runs the block once for each: another item of the key may be kept already.
        """
        chosen: dict[str, int] = {}
        key = kept_key(window.items[items[0]], self._config)
        for name in names:
            if not items:
                break
            self._passed[key] += 1
            item = window.items[items[0]]
            if name not in self._given and not self._is_another(before.get(name), item):
                self._given.add(name)
                chosen[name] = items.popleft()
                if name != key:
                    self._siblings.note(key, item, self._passed[key])
            elif name == key:
                # What lies between is known, and is none of these items.
                passed = self._siblings.first_place(key, (window.items[index] for index in items)) - 1
                if passed > self._passed[key]:
                    self._passed[key] = passed
                    break
        return chosen

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


class Siblings:
    """Which items of a key an execution has kept under which number, by what is in them, so that a loop over thousands
    of batches need not look through all of them. Of a key with very many only the first are noted, and the last number;
    a note that is missing or wrong costs looks, and an item that is kept twice, never another one.
    """

    def __init__(self, host: ExecutionContext, namespace: str | None) -> None:
        self._host = host
        self._namespace = namespace
        self._noted: dict[str, _Noted] = {}
        self._new: dict[str, _Noted] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Reads what is noted of these keys, with one look for all that it does not know."""
        unknown = {self._place(key): key for key in keys if key not in self._noted}
        for key in unknown.values():
            self._noted[key] = _Noted()
        for one in self._host.store.find_keys(SIBLINGS, unknown) if unknown else ():
            if one.data.get("executionId") == self._host.execution_id:
                self._noted[unknown[one.key]] = _Noted(one.data["last"], one.data["places"])

    def first_place(self, key: str, items: Iterable[JsonValue]) -> int:
        """The first number under which one of these items may be kept, or under which nothing is."""
        noted = self._noted.get(key, _Noted())
        return min(noted.places.get(content_hash(item), noted.last + 1) for item in items) if noted.places else 2

    def note(self, key: str, item: JsonValue, number: int) -> None:
        """An item is about to be kept under this number; of a batch, not saved yet, all are remembered."""
        noted = self._new.setdefault(key, _Noted())
        noted.last = max(noted.last, number)
        noted.places.setdefault(content_hash(item), number)

    def save(self) -> None:
        """Notes what is new."""
        if not self._new:
            return
        self.load(self._new)
        for key, new in self._new.items():
            noted = self._noted[key]
            noted.last = max(noted.last, new.last)
            room = max(0, _MOST_NOTED - len(noted.places))
            noted.places = {**dict(islice(new.places.items(), room)), **noted.places}
        self._host.store.upsert_many(
            StoreRecord(
                name=SIBLINGS,
                key=self._place(key),
                data={"executionId": self._host.execution_id, **asdict(self._noted[key])},
            )
            for key in self._new
        )
        self._new = {}

    def forget(self, gone: Iterable[str]) -> None:
        """Names have left the namespace: what is noted of their siblings is of no use any more."""
        if places := {self._place(_without_number(name)) for name in gone}:
            self._host.store.delete_keys(SIBLINGS, places)

    def _place(self, key: str) -> str:
        return _place_of(self._namespace, key)


@dataclass(slots=True)
class _Noted:
    """The last number of a key's siblings, 1 where there is none, and the numbers of the first by their content."""

    last: int = 1
    places: dict[str, int] = field(default_factory=dict)


class KeptKeys:
    """The odd spellings that failures are kept under, by the form that all spellings of their key have in common.

    A key in lower or upper case is found by that form itself; `AbC`, `1.0` or `a ` is not, so it is noted here. What is
    found through it is still compared as the key's field compares. A note that outlives its failure does no harm: it is
    forgotten when it is next read. Two runs that note one key in the same moment may lose one of the two spellings.
    """

    def __init__(self, config: WriteConfig, store: DataStore) -> None:
        self._namespace = namespace_of(config)
        self._store = store
        self._is_by_id = config.match_key.lower() == ID_FIELD.lower()

    def note(self, keys: Iterable[str]) -> None:
        """Notes those of these keys whose spelling is odd."""
        odd = self._odd(keys)
        noted = self._read(odd)
        changed = {place: noted.get(place, set()) | new for place, new in odd.items() if new - noted.get(place, set())}
        self._write(changed)

    def is_empty(self) -> bool:
        """Whether nothing is noted at all, for whatever namespace."""
        return not self._store.find(KEPT_KEYS, limit=1)

    def find(self, keys: Iterable[str]) -> set[str]:
        """All that is noted of keys that may be these."""
        return set().union(*self._read({self._place(key) for key in keys}).values())

    def forget(self, gone: Iterable[str], *, left: Iterable[str]) -> None:
        """Forgets what has left the namespace, as long as no sibling of it is left there."""
        odd = self._odd({*gone, *map(_without_number, gone)} - {*left, *map(_without_number, left)})
        rest = {place: noted - odd[place] for place, noted in self._read(odd).items()}
        self._write({place: keys for place, keys in rest.items() if keys})
        if empty := [place for place, keys in rest.items() if not keys]:
            self._store.delete_keys(KEPT_KEYS, empty)

    def _odd(self, keys: Iterable[str]) -> dict[str, set[str]]:
        odd: dict[str, set[str]] = {}
        for key in keys:
            common = common_form(key)
            if key not in (common, common.upper()) and not (self._is_by_id and is_well_formed(key)):
                odd.setdefault(self._place(key), set()).add(key)
        return odd

    def _place(self, key: str) -> str:
        return _place_of(self._namespace, common_form(key))

    def _read(self, places: Collection[str]) -> dict[str, set[str]]:
        found = self._store.find_keys(KEPT_KEYS, places) if places else ()
        return {one.key: set(one.data["keys"]) for one in found}

    def _write(self, by_place: dict[str, set[str]]) -> None:
        if by_place:
            self._store.upsert_many(
                StoreRecord(name=KEPT_KEYS, key=place, data={"namespace": self._namespace, "keys": sorted(keys)})
                for place, keys in by_place.items()
            )


def _place_of(namespace: str | None, key: str) -> str:
    text = f"{namespace}\0{key}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def common_form(key: str) -> str:
    """The same text for all spellings of a key, whatever its field's type; other keys may have it, too.

    Where the login is refused the type is not known, so this is coarser than every rule of `run/plan.py`.
    """
    text = trimmed(key).lower()
    # An Id may lack its check digits; what is as long as one need not be one.
    short = text[:15] if len(text) == 18 else text
    for one in (text, short):
        if not isinstance(number := stored_number(one), str):
            return str(number)
    return _moment(text.upper()) or _moment(short.upper()) or short


def _moment(text: str) -> str | None:
    """A day, moment or time, without a zone in UTC, in one form. Python reads many a row of digits as one, too."""
    if ":" not in text and text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.combine(date(2000, 1, 1), time.fromisoformat(text))
        except ValueError:
            return None
    zone = moment.utcoffset()
    try:
        return str(moment.replace(tzinfo=None) - zone if zone else moment.replace(tzinfo=None))
    except OverflowError:  # the first or last day of all, in another zone
        return None


def _without_number(name: str) -> str:
    """The key whose sibling has this name."""
    return _NUMBER_OF_SIBLING.sub("", name)


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
