"""Claims of keys: whoever creates a record by a key claims the key first, so that no other run makes a twin of it.

A claim is a record of the Data Store that is there only once. It holds until its run strikes it or its time is over,
also when that run has died. A struck claim of a key whose record was made stays for a while: a run that had looked for
the record before, and found none, must look again.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from platform import node
from typing import TypeVar
from uuid import getnode, uuid4

from ziggy_sf_write.block.namespaces import CLAIMS
from ziggy_sf_write.contract import JsonValue, StoreRecord
from ziggy_sf_write.errors import ask_store
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.run.outcomes import Ledger, Outcome
from ziggy_sf_write.run.plan import MatchKey, Ready, Strategy
from ziggy_sf_write.salesforce.describe import ObjectDescribe

# By so much the clocks of two machines may differ, in seconds.
SKEW_S = 60.0
# A look-up that found nothing says so for no longer.
FRESH_S = 600.0
# A claim of one's own is renewed before its key is sent again, unless it is as young as this.
_YOUNG_S = 10.0
# What is over for so long is taken out; whoever still goes by it would have read it before.
_OVER_FOR_S = 3_600.0
_PAGE = 1_000

log = logging.getLogger(__name__)
_Asked = TypeVar("_Asked")


@dataclass(slots=True)
class _Held:
    """A claim of this run: its key in the store, and when its time was set last, in seconds since 1970."""

    key: str
    set_at: float


class Claims:
    """The claims of one run for the keys of one field. Threads may use it at once."""

    def __init__(
        self, run: RunContext, describe: ObjectDescribe, key: MatchKey, *, now: Callable[[], float] = time.time
    ) -> None:
        """`now` tells the time in seconds since 1970."""
        self._now = now
        self._store = run.host.store
        # A run that is taken up again has the same id, and is another run all the same.
        self._own = uuid4().hex
        self._machine = _machine()
        self._target = "\0".join((target_of(run.client.org.identity, describe.name), key.field.name))
        # Salesforce's own upsert looks for the record when it saves: what was made before is no danger to it.
        self._must_look_again = key.strategy is Strategy.LOOK_UP
        self._holds_for_s = run.config.advanced.doubt_time
        self._held: dict[Hashable, _Held] = {}
        self._found: set[Hashable] = set()
        self._count = 0
        self._lock = threading.Lock()
        self._can_claim = callable(getattr(run.host.store, "insert_many", None))
        self._has_told = False
        self._looked_up_at = 0.0

    def begin_look_up(self) -> None:
        """The records behind the keys are about to be looked up: what is made from now on may not be seen by it."""
        self._looked_up_at = self._now()

    def take(self, keys: Iterable[Hashable]) -> set[Hashable]:
        """Claims keys before their records are created.

        Args:
            keys: as the matcher compares them, none of which was found; those that this run holds already are passed
                over.

        Returns:
            The keys that could not be claimed: another run is at work on them, or has been since the look-up.

        Raises:
            StoreError: the store failed, so nothing may be created.
        """
        wanted = {self._digest(key): key for key in keys if key not in self._held and key not in self._found}
        if not wanted or not self._may_claim():
            return set()
        if self._must_look_again and self._now() - self._looked_up_at > FRESH_S:
            return set(wanted.values())
        return self._ask(partial(self._take, wanted))

    def note_found(self, keys: Iterable[Hashable]) -> None:
        """Records of these keys are there by now: no write of them makes a twin, so none needs a claim."""
        self._found.update(keys)

    def renew(self, keys: Iterable[Hashable], *, is_at_work: bool = False) -> None:
        """The keys are about to be sent, perhaps once more: from now on the org may be at work for the whole time.

        While a job is at work on them, half of that time is left to them at least.

        Raises:
            StoreError: the store failed, so nothing may be sent.
        """
        if not self._held:
            return
        now = self._now()
        before = now - (self._holds_for_s / 2 if is_at_work else _YOUNG_S)
        old = [held for held in map(self._held.get, keys) if held is not None and held.set_at < before]
        if old:
            self._ask(lambda: self._store.upsert_many(self._record(held.key, now) for held in old))
            for held in old:
                held.set_at = now

    def settle(self, ready: Iterable[Ready], ledger: Ledger) -> None:
        """Strikes the claims of writes that have an outcome; what is in doubt stays claimed until its time is over.

        Raises:
            StoreError: the store failed; the records are as the outcomes say.
        """
        if not self._held:
            return
        made: list[_Held] = []
        gone: list[_Held] = []
        for one in ready:
            outcome = ledger.outcome(one.write.index)
            held = self._held.get(one.write.key)
            if held is None or outcome in (Outcome.OPEN, Outcome.UNKNOWN):
                continue
            # A later generation stands beside earlier ones, which must not be alone again.
            is_kept = (outcome.is_written and self._must_look_again) or "." in held.key
            (made if is_kept else gone).append(held)
            self._held.pop(one.write.key, None)
        if made:
            now = self._now()
            self._ask(lambda: self._store.upsert_many(self._record(held.key, now, is_struck=True) for held in made))
        if gone:
            self._ask(lambda: self._store.delete_keys(CLAIMS, [held.key for held in gone]))

    def let_go(self, keys: Iterable[Hashable]) -> None:
        """Nothing was sent of these keys. Raises `StoreError`."""
        gone = [held.key for key in keys if (held := self._held.pop(key, None)) is not None] if self._held else []
        if gone:
            self._ask(lambda: self._store.delete_keys(CLAIMS, gone))

    def ends(self, keys: Collection[Hashable]) -> dict[Hashable, float]:
        """Until when others hold these keys, in seconds since 1970; keys that are free are left out. `StoreError`."""
        wanted = {self._digest(key): key for key in keys}
        last = self._ask(lambda: self._last_claims(wanted))
        now = self._now()
        found = {wanted[digest]: self._end(claim.data) for digest, claim in last.items()}
        return {key: end for key, end in found.items() if end > now}

    def close(self) -> None:
        """The run has ended: takes out some of what is over for long, of whatever run. Raises `StoreError`."""
        if self._count:
            self._ask(self._tidy)

    def _may_claim(self) -> bool:
        if not self._can_claim and not self._has_told:
            self._has_told = True
            log.warning(
                "This host's Data Store cannot insert records that are new (insert_many), so no key is claimed: "
                "a run beside this one, or again after it was killed, may create a record of the same key twice."
            )
        return self._can_claim

    def _take(self, wanted: Mapping[str, Hashable]) -> set[Hashable]:
        now = self._now()
        claims = {digest: digest for digest in wanted}
        refused: set[Hashable] = set()
        while claims:
            given = [self._record(claims[digest], now) for digest in sorted(claims)]
            there = {one.key.partition(".")[0] for one in self._store.insert_many(given)}
            with self._lock:
                self._held.update({wanted[one]: _Held(claims[one], now) for one in claims if one not in there})
                self._count += len(claims) - len(there)
            last = self._last_claims(there)
            # What is not there any more was struck at this moment: its record may have been made.
            own = {one for one in there if one in last and self._is_own(last[one].data)}
            with self._lock:
                self._held.update({wanted[one]: _Held(last[one].key, now) for one in own})
            there -= own
            blocked = {one for one in there if one not in last or self._is_in_the_way(last[one].data)}
            refused.update(wanted[one] for one in blocked)
            claims = {one: _next_generation(last[one].key) for one in there - blocked}
        return refused

    def _is_own(self, claim: JsonValue) -> bool:
        """Whether it was made by a try of this very call, whose end the store did not tell."""
        return bool(claim["run"] == self._own and claim["struck"] is None)

    def _is_in_the_way(self, claim: JsonValue) -> bool:
        struck = claim["struck"]
        if struck is None:
            return self._end(claim) > self._now()
        return bool(self._must_look_again and self._end(claim) >= self._looked_up_at)

    def _end(self, claim: JsonValue) -> float:
        """Until when a claim keeps others off; a struck one by itself keeps nobody off who looks again."""
        end: float = claim["struck"] if claim["struck"] is not None else claim["until"]
        return end if claim["machine"] == self._machine else end + SKEW_S

    def _last_claims(self, digests: Iterable[str]) -> dict[str, StoreRecord]:
        """The claim of the latest generation of each key that has any."""
        last: dict[str, StoreRecord] = {}
        keys = list(digests)
        while keys:
            found = {one.key.partition(".")[0]: one for one in self._store.find_keys(CLAIMS, keys)}
            last.update(found)
            keys = [_next_generation(one.key) for one in found.values()]
        return last

    def _record(self, key: str, now: float, *, is_struck: bool = False) -> StoreRecord:
        until = now + (FRESH_S + SKEW_S if is_struck else self._holds_for_s)
        data = {"run": self._own, "machine": self._machine, "until": until, "struck": now if is_struck else None}
        return StoreRecord(name=CLAIMS, key=key, data=data)

    def _tidy(self) -> None:
        """Looks through as many claims as this run has made, and a page more, so that they never become many."""
        over, looked_at = self._now() - _OVER_FOR_S, 0
        while looked_at <= self._count:
            page = self._store.find(CLAIMS, limit=_PAGE, offset=looked_at)
            # All generations of a key or none: the first one alone would let somebody in beside a later one.
            by_key = [list(group) for _, group in groupby(page, lambda one: one.key.partition(".")[0])]
            whole = by_key if len(page) < _PAGE else by_key[:-1]
            ended = (group for group in whole if all(one.data["until"] < over for one in group))
            gone = [one.key for group in ended for one in group]
            if gone:
                self._store.delete_keys(CLAIMS, gone)
            looked_at += len(page) - len(gone)
            if len(page) < _PAGE:
                break

    def _ask(self, ask: Callable[[], _Asked]) -> _Asked:
        failed = f"Keys of records to create could not be claimed in namespace `{CLAIMS}`"
        return ask_store(ask, failed=failed, cure="Without a claim another run might create them a second time.")

    def _digest(self, key: Hashable) -> str:
        return hashlib.sha256(f"{self._target}\0{_text(key)}".encode(errors="surrogatepass")).hexdigest()[:40]


def _machine() -> str:
    """Processes that share a clock have this in common: the machine's name and its network address."""
    address = getnode()
    # Python makes up another one for each process where there is none, and marks it by this bit.
    return f"{node()} {0 if address >> 40 & 1 else address:x}"


def clock(at: float) -> str:
    """A moment in seconds since 1970 as the time of day in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def _next_generation(key: str) -> str:
    digest, _, number = key.partition(".")
    return f"{digest}.{int(number or 0) + 1}"


def _text(key: Hashable) -> str:
    """The same text for keys that are equal, in every process."""
    if isinstance(key, datetime) and key.tzinfo is not None:
        return key.astimezone(UTC).isoformat()
    return str(key)
