"""The org's own description of its objects, kept while it is fresh; fetching is the caller's business."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe

# After this the org is asked, with If-Modified-Since, whether its description still holds.
FRESH_FOR_S = 600.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """One line of the global describe (Salesforce API 2.1)."""

    name: str
    label: str
    key_prefix: str | None
    is_custom: bool
    can_create: bool
    can_update: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[T]):
    """A description, when it was last confirmed (on the monotonic clock) and its `Last-Modified` header."""

    value: T
    confirmed_at_s: float
    last_modified: str | None


class Catalog:
    """Descriptions by object, and the list of objects; threads may ask at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._objects: dict[str, Kept[ObjectDescribe]] = {}
        self._all: Kept[tuple[ObjectInfo, ...]] | None = None
        self._lock = threading.Lock()

    def object(self, name: str) -> Kept[ObjectDescribe] | None:
        """What is known of an object, fresh or not; its name in any case."""
        with self._lock:
            return self._objects.get(name.lower())

    def keep_object(self, name: str, kept: Kept[ObjectDescribe]) -> None:
        """Remembers a description."""
        with self._lock:
            self._objects[name.lower()] = kept

    def drop_object(self, name: str) -> None:
        """Forgets a description that Salesforce has contradicted."""
        with self._lock:
            self._objects.pop(name.lower(), None)

    def all_objects(self) -> Kept[tuple[ObjectInfo, ...]] | None:
        """The list of objects, fresh or not."""
        with self._lock:
            return self._all

    def keep_all(self, kept: Kept[tuple[ObjectInfo, ...]]) -> None:
        """Remembers the list of objects."""
        with self._lock:
            self._all = kept

    def is_fresh(self, kept: Kept[T]) -> bool:
        """Whether a description may be used without asking the org."""
        return self.clock() - kept.confirmed_at_s < FRESH_FOR_S


def parse_object_info(raw: dict[str, JsonValue]) -> ObjectInfo:
    """One entry of `sobjects` in the answer of `GET /sobjects`."""
    return ObjectInfo(
        name=raw["name"],
        label=raw.get("label") or raw["name"],
        key_prefix=raw.get("keyPrefix"),
        is_custom=bool(raw.get("custom")),
        can_create=bool(raw.get("createable")),
        can_update=bool(raw.get("updateable")),
    )
