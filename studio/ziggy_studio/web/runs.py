"""The runs of the studio: each in a thread of its own, with its own stop signal, events and edge data."""

import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ziggy_sf_write.contract import HostError, JsonValue, Mode
from ziggy_sf_write.json_text import to_json
from ziggy_studio.engine import FlowRun, Host, RunOptions, Status, run_flow
from ziggy_studio.events import EventKind, RunEvent
from ziggy_studio.flow import Flow
from ziggy_studio.outcome import RunKind
from ziggy_studio.store import History
from ziggy_studio.web.errors import ApiError, ErrorCode

_KEPT_RUNS = 20
# Of what ended runs hold. What the history has of it is read from there.
_MOST_BYTES = 256_000_000
# Python's signal handlers run in the main thread, when that wakes the next time.
_LONGEST_SLEEP_S = 0.1
_KEYS_FROM_ITEMS = 1000
# What items hold is told from so many of them: a run of a million must not be walked through to be counted.
_LOOKED_AT = 100
# Of the first items of each edge, by which the editor knows their keys.
_MOST_LAST_BYTES = 32_000_000
_TWICE_HINT = "Started a second time, both runs write the same items."
_GONE_HINT = "The studio keeps the last runs only, and forgets them when it ends. Run the flow again."


_BROKEN = FlowRun(
    status=Status.ERROR,
    error={"message": "The studio failed with an internal error. Its output in the terminal says more."},
    ms=0,
    payloads={},
    blocks=(),
)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedEvent:
    """An event of a run with its number, from 1, and when it came."""

    id: int
    event: RunEvent
    at: str = field(default_factory=_now)


@dataclass(slots=True, kw_only=True)
class Run:
    """One run, under way or finished."""

    id: str
    flow: Flow
    file_name: str = ""
    mode: Mode = Mode.DEV
    kind: RunKind = RunKind.RUN
    is_launched: bool = False
    started_at: str = field(default_factory=_now)
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: FlowRun | None = None
    payloads: Mapping[str, Sequence[JsonValue]] = field(default_factory=dict)
    # The bytes of the payloads, and of everything else that is only told from memory.
    item_bytes: int = 0
    other_bytes: int = 0
    history: History | None = None
    are_items_gone: bool = False
    _events: list[StreamedEvent] = field(default_factory=list)
    _wakers: set[Callable[[], None]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def to_json(self) -> dict[str, JsonValue]:
        """What a page has to know to show the run, also one that another page has started."""
        return {
            "id": self.id,
            "flow": self.file_name,
            "kind": self.kind.value,
            "mode": self.mode.value,
            "startedAt": self.started_at,
            "isFinished": self.finished is not None,
            "isStopping": self.finished is None and self.cancelled.is_set(),
        }

    def items(self, edge_id: str) -> Sequence[JsonValue] | None:
        """What the run put on an edge; None where that is nothing."""
        items = self.payloads.get(edge_id)
        return self.history.items(self.id, edge_id) if items is None and self.history is not None else items

    def end(self, finished: FlowRun, history: History | None) -> None:
        """Takes over what is left of the run to look at; `history` holds its items, too."""
        self.payloads, self.history = finished.payloads, history
        self.item_bytes = _weight_of(finished.payloads)
        events = [one.event.data for one in self._events]
        self.other_bytes = _weight_of({"events": events, **_lists_in_reports(finished)})
        self.finished = replace(finished, payloads={})

    def let_go_of_items(self) -> None:
        """Leaves the items of the edges to the history, as far as that keeps them."""
        self.are_items_gone = self.history is None
        self.payloads, self.item_bytes = {}, 0

    def bytes(self) -> int:
        """How much memory the run holds, about."""
        return self.item_bytes + self.other_bytes

    def tell(self, event: RunEvent) -> None:
        """Adds an event and wakes all who wait for one."""
        with self._lock:
            self._events.append(StreamedEvent(id=len(self._events) + 1, event=event))
            wakers = tuple(self._wakers)
        for wake in wakers:
            wake()

    def events_after(self, last_id: int) -> list[StreamedEvent]:
        """The events that came after the one with this number."""
        with self._lock:
            return self._events[last_id:]

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Calls `wake` at each new event, from any thread, until the returned function is called."""
        with self._lock:
            self._wakers.add(wake)

        def leave() -> None:
            with self._lock:
                self._wakers.discard(wake)

        return leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What some runs have besides: data in place of the Receiver's own, something to do, and to say, at the end, an id
    that whoever launched it has chosen, and what they are called; `is_alone`: not beside another run of the same flow;
    `is_launched`: over HTTP, by nobody who looks at the items of its edges.
    """

    run_id: str | None = None
    kind: RunKind = RunKind.RUN
    is_alone: bool = False
    is_launched: bool = False
    launch_data: Sequence[JsonValue] | None = None
    on_finished: Callable[[FlowRun], str] | None = None


_NO_EXTRAS = Extras()


class LastItems:
    """The first items of each edge, as its flow's last run left them; those of long ago make room for others."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Sequence[JsonValue], int]] = {}
        self._bytes = 0

    def of(self, file_name: str, edge_id: str) -> Sequence[JsonValue]:
        """The items of an edge; none before its first run."""
        return self._kept.get((file_name, edge_id), ((), 0))[0]

    def keep(self, file_name: str, edge_id: str, items: Sequence[JsonValue]) -> None:
        """Keeps these in place of what was there."""
        self._forget(file_name, edge_id)
        weight = sys.getsizeof(file_name) + sys.getsizeof(edge_id) + _weight_of({edge_id: items})
        self._kept[file_name, edge_id] = (items, weight)
        self._bytes += weight
        while self._bytes > _MOST_LAST_BYTES and len(self._kept) > 1:
            self._forget(*next(iter(self._kept)))

    def _forget(self, file_name: str, edge_id: str) -> None:
        self._bytes -= self._kept.pop((file_name, edge_id), ((), 0))[1]


class Runs:
    """The runs of a studio that are under way, and the last ones that have ended."""

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._runs: dict[str, Run] = {}
        self._threads: list[threading.Thread] = []
        self._last_items = LastItems()
        self._is_stopping = False
        self._lock = threading.Lock()

    def start(
        self, flow: Flow, host: Host, *, file_name: str, until: str | None = None, extras: Extras = _NO_EXTRAS
    ) -> Run:
        """Starts a run and returns at once; the run itself where one of this id is there already.

        Raises:
            ApiError: another run of the flow is under way, and this one shall be alone.
        """
        run = Run(
            id=extras.run_id or uuid.uuid4().hex,
            flow=flow,
            file_name=file_name,
            mode=host.mode,
            kind=extras.kind,
            is_launched=extras.is_launched,
        )
        thread = threading.Thread(
            target=self._run, args=(run, host, until, extras), name=f"ziggy-run-{run.id[:8]}", daemon=True
        )
        with self._lock:
            if run.id in self._runs:
                return self._runs[run.id]
            if extras.is_alone and self.under_way(file_name):
                raise ApiError(ErrorCode.ALREADY_RUNNING, "This flow is running already.", _TWICE_HINT)
            self._runs[run.id] = run
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            self._forget_oldest()
            if self._is_stopping:
                run.cancelled.set()
            thread.start()
        return run

    def _forget_oldest(self) -> None:
        """Forgets ended runs only: one under way must be found, to be stopped, and to not be started twice."""
        ended = [run for run in self._runs.values() if run.finished is not None]
        held = sum(run.bytes() for run in ended)
        for run in ended:
            # Whoever has just run a flow in the editor wants to look at what it did, however much that is.
            may_let_go = run is not ended[-1] or run.is_launched or run.history is not None
            if held > self._most_bytes and may_let_go:
                held -= run.item_bytes
                run.let_go_of_items()
        for run in ended[:-1]:
            if len(self._runs) <= _KEPT_RUNS and held <= self._most_bytes:
                break
            held -= run.bytes()
            del self._runs[run.id]

    def get(self, run_id: str) -> Run:
        """A run by its id. Raises `ApiError` where the studio no longer has it."""
        run = self._runs.get(run_id)
        if run is None:
            raise ApiError(ErrorCode.NOT_FOUND, "This run is gone.", _GONE_HINT)
        return run

    def find(self, run_id: str) -> Run | None:
        """A run by its id, or None where the studio no longer has it."""
        return self._runs.get(run_id)

    def under_way(self, file_name: str) -> list[Run]:
        """The runs of a flow that have not come to their end, the newest last."""
        return [run for run in list(self._runs.values()) if run.finished is None and run.file_name == file_name]

    def last_items(self, file_name: str, edge_id: str) -> Sequence[JsonValue]:
        """The first items last seen on an edge of a flow; none before its first run."""
        return self._last_items.of(file_name, edge_id)

    def stop_all(self) -> None:
        """Asks every run to stop, also those that are still to be started; a signal handler may call this."""
        # No lock: the thread that the signal interrupts may hold it. A run is entered before it looks at the flag.
        self._is_stopping = True
        for run in list(self._runs.values()):
            run.cancelled.set()

    def are_under_way(self) -> bool:
        """Whether any run has not come to its end."""
        return any(thread.is_alive() for thread in self._threads)

    def wait(self) -> None:
        """Waits for the end of all runs, so that each is accounted for; signals are heard meanwhile."""
        while self.are_under_way():
            for thread in self._threads:
                thread.join(_LONGEST_SLEEP_S)

    def _run(self, run: Run, host: Host, until: str | None, extras: Extras) -> None:
        def listen(event: RunEvent) -> None:
            # The last event goes out when the items can be asked for, not before.
            if event.kind is not EventKind.RUN_FINISHED:
                run.tell(event)

        options = RunOptions(
            launch_data=extras.launch_data,
            cancelled=run.cancelled,
            listener=listen,
            until=until,
            execution_id=run.id,
            kind=run.kind,
        )
        finished = _BROKEN
        try:
            finished = run_flow(run.flow, replace(host, on_progress=lambda _block, _progress: None), options=options)
            if extras.on_finished is not None:
                run.tell(_line_at_the_end(extras.on_finished, finished))
        finally:
            # Whatever happened: whoever watches the run must hear that it ended.
            self._finish(run, finished, host.history if finished.is_kept else None)

    def _finish(self, run: Run, finished: FlowRun, history: History | None) -> None:
        run.end(finished, history)
        with self._lock:
            for edge_id, items in finished.payloads.items():
                self._last_items.keep(run.file_name, edge_id, items[:_KEYS_FROM_ITEMS])
        data: dict[str, JsonValue] = {
            "status": finished.status.value,
            "error": finished.error,
            "ms": finished.ms,
        }
        run.tell(RunEvent(kind=EventKind.RUN_FINISHED, data=data))
        with self._lock:
            self._forget_oldest()


def _lists_in_reports(finished: FlowRun) -> dict[str, Sequence[JsonValue]]:
    """What was not written, and what is sent back: only these parts of reports grow with the items."""
    reports = {block.id: block.report for block in finished.blocks if isinstance(block.report, dict)}
    found = {
        f"{name} {key}": value
        for name, report in reports.items()
        for key, value in {"notWritten": report.get("notWritten"), **report.get("response", {})}.items()
    }
    return {name: value for name, value in found.items() if isinstance(value, list)}


def _line_at_the_end(on_finished: Callable[[FlowRun], str], finished: FlowRun) -> RunEvent:
    try:
        level, message = "info", on_finished(finished)
    except HostError as err:
        level, message = "error", str(err)
    return RunEvent(kind=EventKind.LOG_LINE, data={"block": "Flow", "level": level, "message": message})


def not_kept() -> ApiError:
    """What is said of items that neither memory nor history has any more."""
    hint = "project.yaml says with `history` which runs' items are kept: none, errors or all."
    return ApiError(ErrorCode.NOT_FOUND, "The items of this edge were not kept.", hint)


def keys_of(items: Sequence[JsonValue]) -> list[str]:
    """The keys of the first items of an edge, in order of appearance."""
    found: dict[str, None] = {}
    for item in items[:_KEYS_FROM_ITEMS]:
        if isinstance(item, dict):
            found.update(dict.fromkeys(str(key) for key in item))
    return list(found)


def item_page(items: Sequence[JsonValue], *, offset: int, limit: int, search: str = "") -> dict[str, JsonValue]:
    """A page of an edge's items, each with its place on the edge; `search` looks at their JSON text."""
    indexes: Sequence[int] = range(len(items))
    if search:
        wanted = search.lower()
        indexes = [index for index, item in enumerate(items) if wanted in to_json(item).lower()]
    return {
        "total": len(indexes),
        "keys": keys_of(items),
        "rows": [{"index": index, "item": items[index]} for index in indexes[offset : offset + limit]],
    }


def edge_items(run: Run, edge_id: str) -> Sequence[JsonValue]:
    """All items of an edge. Raises `ApiError` where the run put none there, or has not yet."""
    items = run.items(edge_id)
    if items is None and run.are_items_gone:
        raise not_kept()
    if items is None:
        message = "There is no data on this edge yet." if run.finished is None else "This run put no data on this edge."
        raise ApiError(ErrorCode.NOT_FOUND, message, "Run the flow to fill it.")
    return items


def _weight_of(payloads: Mapping[str, Sequence[JsonValue]]) -> int:
    """The bytes that the items of edges hold, about; a list that is on several edges counts once."""
    lists = {id(items): items for items in payloads.values()}
    return sum(_weight_of_list(items) for items in lists.values())


def _weight_of_list(items: Sequence[JsonValue]) -> int:
    step = max(1, len(items) // _LOOKED_AT)
    sample = items[::step]
    return len(items) * sum(map(_bytes_of, sample)) // len(sample) if sample else 0


def _bytes_of(value: JsonValue) -> int:
    """The bytes of a value with all that is in it; the keys of an object are mostly those of the others, too."""
    size = sys.getsizeof(value)
    if isinstance(value, Mapping):
        return size + sum(map(_bytes_of, value.values()))
    if isinstance(value, list | tuple):
        return size + sum(map(_bytes_of, value))
    return size
