"""Requests in the other direction: connections and Data Store of the host at the other end of the pipe."""

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from ziggy_sf_write.contract import Connection, HostError, JsonValue, Mode, StoreRecord
from ziggy_sf_write.sidecar.failures import HOST_HAS_GONE, ProtocolError
from ziggy_sf_write.sidecar.schema import check_params


class Callbacks:
    """Questions under way to the host; answers come back by their id, in any order."""

    def __init__(self, send: Callable[[dict[str, JsonValue]], None]) -> None:
        self._send = send
        self._ids = itertools.count(1)
        self._open: dict[int, Future[JsonValue]] = {}
        self._has_gone = False
        self._lock = threading.Lock()

    def ask(self, method: str, **params: JsonValue) -> JsonValue:
        """Waits for the host's answer. Raises `HostError` with the host's words, or where the host has gone."""
        answer: Future[JsonValue] = Future()
        with self._lock:
            if self._has_gone:
                raise HostError(HOST_HAS_GONE)
            number = next(self._ids)
            self._open[number] = answer
        self._send({"id": number, "method": method, "params": params})
        result = answer.result()
        try:
            check_params("SidecarRequests", method, result, part="result")
        except ProtocolError as err:
            raise HostError(f"The host's answer has another form than the protocol's: {err}") from err
        return result

    def answered(self, number: JsonValue, message: dict[str, JsonValue]) -> None:
        """Takes an answer. Raises `ProtocolError` where nobody has asked."""
        with self._lock:
            answer = self._open.pop(number, None) if isinstance(number, int) else None
        if answer is None:
            raise ProtocolError("unknown_answer", "An answer came for a request that was not made.")
        error = message.get("error")
        if error is None:
            answer.set_result(message.get("result"))
        else:
            told = error.get("message") if isinstance(error, dict) else None
            answer.set_exception(HostError(str(told or "The host could not answer, and does not say why.")))

    def close(self) -> None:
        """Nobody will answer any more."""
        with self._lock:
            self._has_gone, left = True, list(self._open.values())
            self._open.clear()
        for answer in left:
            answer.set_exception(HostError(HOST_HAS_GONE))


class HostStore:
    """The host's Data Store."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._ask = callbacks.ask

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        names: list[str] = self._ask("store.namespaces")
        return names

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        return _records(self._ask("store.find", name=name, limit=limit, offset=offset))

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        return next(iter(self.find_keys(name, [key])), None)

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        """The records of a namespace that have one of these keys, in any order."""
        return _records(self._ask("store.findKeys", name=name, keys=list(keys)))

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        """Writes the records that are new. Those of which the key was there already."""
        given = {(one.name, one.key): one for one in records}
        told = [{"name": one.name, "key": one.key, "data": one.data} for one in given.values()]
        there = self._ask("store.insertMany", records=told)
        return [given[one["name"], one["key"]] for one in there]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes all records, replacing those that exist."""
        told = [{"name": one.name, "key": one.key, "data": one.data} for one in records]
        self._ask("store.upsertMany", records=told)

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        return self.delete_keys(name, [key]) > 0

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        """Removes the records of a namespace that have one of these keys; how many there were."""
        count: int = self._ask("store.deleteKeys", name=name, keys=list(keys))
        return count


class HostSource:
    """Connections and Data Store that the host serves."""

    name = "host"
    mode = Mode.DEV

    def __init__(self, callbacks: Callbacks) -> None:
        self.store = HostStore(callbacks)
        self._ask = callbacks.ask

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type."""
        names: list[str] = self._ask("connectionNames", type=connection_type)
        return names

    def connection(self, name: str, mode: Mode) -> Connection:
        """A connection with its secrets resolved."""
        found = self._ask("connection", name=name, mode=mode.value)
        return Connection(name=name, type=found["type"], mode=mode, config=found["config"])


def _records(found: JsonValue) -> list[StoreRecord]:
    return [StoreRecord(name=one["name"], key=one["key"], data=one["data"]) for one in found]
