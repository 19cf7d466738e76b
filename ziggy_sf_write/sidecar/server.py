"""The sidecar: takes requests from one pipe, calls the hooks, and answers; many requests and runs at once."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

import pluggy

from ziggy_sf_write import __version__
from ziggy_sf_write.contract import HostError, JsonValue, Mode
from ziggy_sf_write.sidecar.callbacks import Callbacks, HostSource
from ziggy_sf_write.sidecar.context import SidecarContext, Source
from ziggy_sf_write.sidecar.edges import INPUT_CREDITS
from ziggy_sf_write.sidecar.failures import ProtocolError, error_json
from ziggy_sf_write.sidecar.pipes import LONGEST_LINE, Outbox, Pipes, encoded, messages
from ziggy_sf_write.sidecar.runs import LogEvents, Run
from ziggy_sf_write.sidecar.schema import VERSION, check_params

log = logging.getLogger(__name__)

_CAPABILITIES = ("cancel", "chunks", "log", "progress")
# A signal is heard when the main thread wakes.
_LONGEST_SLEEP_S = 0.2
_SHORT_SLEEP_S = 0.02
# Calls under way are awaited for ten seconds; then it must be told.
_LAST_WORDS_S = 20.0

Params = Mapping[str, JsonValue]


class Sidecar:
    """One host's sidecar over its pipes, until either end closes or `stop` is set.

    `source` gives connections and Data Store; None asks the host for them by call-backs.
    """

    def __init__(self, pipes: Pipes, plugins: pluggy.PluginManager, source: Source | None = None) -> None:
        self._pipes = pipes
        self._plugins = plugins
        self._outbox = Outbox(pipes.lines_out)
        self._callbacks = Callbacks(self._tell)
        self._source = source or HostSource(self._callbacks)
        self._runs: dict[int, Run] = {}
        self._open: dict[int, threading.Thread] = {}
        self._lock = threading.Lock()
        self._has_greeted = False
        self._has_gone = threading.Event()
        self._has_ended = threading.Event()
        self._requests: dict[str, Callable[[Params], JsonValue]] = {
            "describe": self._describe,
            "choices": self._choices,
            "check": self._check,
            "testConnection": self._test_connection,
            "addReports": self._add_reports,
        }
        self._events: dict[str, Callable[[Run, Params], None]] = {
            "items": lambda run, params: run.input.put(params["items"]),
            "end": lambda run, _: run.input.end(),
            "credit": lambda run, params: run.outputs.allow(params["chunks"]),
            "cancel": lambda run, _: run.cancelled.set(),
        }

    def serve(self, stop: threading.Event) -> bool:
        """Serves until the pipe closes or `stop` is set; whether every run had been answered by then.

        Runs that are under way are stopped as `cancel` stops them, and awaited.
        """
        told = LogEvents(self._outbox.send)
        told.setLevel(logging.WARNING)
        ours = logging.getLogger("ziggy_sf_write")
        ours.addHandler(told)
        threading.Thread(target=self._read, name="sidecar-in", daemon=True).start()
        try:
            while not (self._has_gone.wait(_LONGEST_SLEEP_S) or stop.is_set() or self._outbox.is_broken.is_set()):
                pass
            return self._close()
        finally:
            ours.removeHandler(told)

    def _close(self) -> bool:
        with self._lock:
            self._has_ended.set()
            runs, threads = list(self._runs.values()), list(self._open.values())
        # After a signal the host still listens: it is told what became of its runs.
        for run in runs:
            run.stop()
        deadline = time.monotonic() + _LAST_WORDS_S
        while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
            if self._has_gone.wait(_SHORT_SLEEP_S) or self._outbox.is_broken.is_set():
                break
        self._callbacks.close()
        for run in runs:
            run.hang_up()
        for thread in threads:
            thread.join()
        self._outbox.close()
        return not runs

    def _read(self) -> None:
        """The top of the thread that reads. It never waits for anything but the next line."""
        for message in messages(self._pipes.lines_in):
            try:
                if isinstance(message, ProtocolError):
                    raise message
                self._take(message)
            except ProtocolError as err:
                self._tell({"event": "error", "params": error_json(err.code, str(err))})
        self._has_gone.set()

    def _take(self, message: dict[str, JsonValue]) -> None:
        match message:
            case {"event": str(name)}:
                self._take_event(name, message.get("params"))
            case {"method": str(name), "id": int(number)} if not isinstance(number, bool):
                self._take_request(number, name, message.get("params", {}))
            case {"id": number} if "result" in message or "error" in message:
                self._callbacks.answered(number, message)
            case _:
                raise ProtocolError("broken_line", "A line is neither a request, nor an answer, nor an event.")

    def _take_event(self, name: str, params: JsonValue) -> None:
        check_params("HostEvents", name, params)
        # What comes for a run that has just ended was sent before its answer was read.
        run = self._runs.get(params["run"])
        if run is not None:
            self._events[name](run, params)

    def _take_request(self, number: int, method: str, params: JsonValue) -> None:
        if number in self._open:
            raise ProtocolError("id_in_use", f"Request {number} is not answered yet. Give each one its own id.")
        try:
            self._refuse_stranger(method)
            check_params("HostRequests", method, params)
            if method == "hello":
                self._answer(number, result=self._hello(params))
                return
        except ProtocolError as err:
            self._answer(number, error=error_json(err.code, str(err)))
            return
        self._begin(number, method, params)

    def _refuse_stranger(self, method: str) -> None:
        if method != "hello" and not self._has_greeted:
            raise ProtocolError("hello_first", "The first request must be `hello`.")

    def _begin(self, number: int, method: str, params: Params) -> None:
        run = Run(number, params, self._source, self._outbox.send) if method == "execute" else None
        work = partial(run.perform, self._plugins) if run else partial(self._requests[method], params)
        thread = threading.Thread(target=self._perform, args=(number, work), name=f"sidecar-{number}")
        with self._lock:
            # What is begun is known to whoever ends it all; nothing is begun after that.
            if not self._has_ended.is_set():
                self._open[number] = thread
                if run:
                    self._runs[number] = run
                thread.start()

    def _perform(self, number: int, work: Callable[[], JsonValue]) -> None:
        """The top of a request's thread: whatever happens, it is answered once."""
        result, error = None, None
        try:
            result = work()
        except ProtocolError as err:
            error = error_json(err.code, str(err))
        except HostError as err:
            error = error_json("host_error", str(err), report=getattr(err, "report", None))
        except Exception as err:  # a defect of a plugin must not end the other runs
            log.exception("request %d ended in a defect", number)
            told = f"The block failed with an internal error ({type(err).__name__}). The log says where."
            error = error_json("defect", told)
        with self._lock:
            self._runs.pop(number, None)
            self._open.pop(number, None)
        self._answer(number, result=result, error=error)

    def _answer(self, number: int, *, result: JsonValue = None, error: JsonValue = None) -> None:
        self._tell({"id": number, **({"error": error} if error is not None else {"result": result})})

    def _tell(self, message: dict[str, JsonValue]) -> None:
        self._outbox.send(encoded(message))

    def _hello(self, params: Params) -> JsonValue:
        if params["version"] != VERSION:
            raise ProtocolError("version", f"This sidecar speaks version {VERSION} of the protocol.")
        self._has_greeted = True
        return {
            "version": VERSION,
            "program": f"ziggy-sf-write {__version__}",
            "source": self._source.name,
            "mode": self._source.mode.value,
            "capabilities": list(_CAPABILITIES),
            "inputCredits": INPUT_CREDITS,
            "longestLine": LONGEST_LINE,
        }

    def _describe(self, _params: Params) -> JsonValue:
        hook = self._plugins.hook
        types = [one for found in hook.ziggy_connection_types() for one in found]
        return {
            "blocks": [block.to_json() for found in hook.ziggy_blocks() for block in found],
            "connectionTypes": [
                {"type": one.type, "label": one.label, "configSchema": dict(one.config_schema)} for one in types
            ],
        }

    def _choices(self, params: Params) -> JsonValue:
        kind = params["blockType"]
        found = self._plugins.hook.ziggy_choices(
            block_type=kind, field=params["field"], config=params["config"], context=self._context(params)
        )
        return {"choices": [one.to_json() for one in _known(found, f"block `{kind}` with choices")]}

    def _check(self, params: Params) -> JsonValue:
        kind = params["blockType"]
        found = self._plugins.hook.ziggy_check(block_type=kind, config=params["config"], context=self._context(params))
        return {"problems": [one.to_json() for one in _known(found, f"block `{kind}` with a check")]}

    def _test_connection(self, params: Params) -> JsonValue:
        context, config = self._context(params), params.get("config")
        kind = params["connectionType"]
        if config is None:
            config = context.connection(params.get("name", "")).config
        found = self._plugins.hook.ziggy_test_connection(connection_type=kind, config=config, context=context)
        return _known(found, f"connection type `{kind}`").to_json()

    def _add_reports(self, params: Params) -> JsonValue:
        kind, report = params["blockType"], params["report"]
        total = self._plugins.hook.ziggy_add_reports(block_type=kind, total=params["total"], report=report)
        return {"report": report if total is None else total}

    def _context(self, params: Params) -> SidecarContext:
        mode = Mode(params["mode"]) if "mode" in params else self._source.mode
        return SidecarContext(source=self._source, mode=mode, edge_keys=tuple(params.get("edgeKeys", ())))


def _known(found: JsonValue, what: str) -> JsonValue:
    if found is None:
        raise HostError(f"There is no {what}. `describe` lists what there is.")
    return found
