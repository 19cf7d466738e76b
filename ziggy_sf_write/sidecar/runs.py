"""One run of a block: its edges, its stop signal, its log and progress, and the hook that is called for it."""

import logging
import threading
from collections.abc import Callable, Mapping

import pluggy

from ziggy_sf_write.contract import Edge, HostError, JsonValue, Mode, Progress
from ziggy_sf_write.sidecar.context import SidecarContext, Source
from ziggy_sf_write.sidecar.edges import InputEdge, OutputEdges, Send
from ziggy_sf_write.sidecar.pipes import encoded

# The block that takes and gives its edges as they come; any other one is handed them whole.
_STREAMS = "SALESFORCE_WRITE_V1"
# A window is all that is in memory of an edge; where it goes into Bulk jobs, each takes as many.
_WINDOW, _BULK_WINDOW = 20_000, 100_000
_NOT_WRITTEN = "notWritten"


class Run:
    """A run from its request to its answer; `perform` is called on a thread of its own, the rest on the reader's."""

    def __init__(self, number: int, params: Mapping[str, JsonValue], source: Source, send: Send) -> None:
        self.cancelled = threading.Event()
        self.input = InputEdge(number, send, expected=params.get("expected", 0))
        self.outputs = OutputEdges(number, send, credits_given=params["credits"])
        self._number = number
        self._params = params
        self._send = send
        self._context = SidecarContext(
            source=source,
            mode=Mode(params["mode"]) if "mode" in params else source.mode,
            execution_id=params["executionId"],
            flow_name=params.get("flowName", ""),
            block_id=params.get("blockId", ""),
            wired_outputs=params.get("wiredOutputs"),
            cursor=params.get("cursor"),
            cancelled=self.cancelled,
            log=_logger(number, send),
            on_progress=self._tell_progress,
        )

    def perform(self, plugins: pluggy.PluginManager) -> dict[str, JsonValue]:
        """Runs the block; its items are sent as they leave, the answer is what is left to say.

        Raises:
            HostError: the run ended as a fatal error; its `report` accounts for what has come in.
        """
        self.input.begin()
        if self._params["blockType"] == _STREAMS:
            return self._stream()
        return self._gather(plugins)

    def stop(self) -> None:
        """No new call is to start and nothing more comes in; what is known by then is still told."""
        self.cancelled.set()
        self.input.end()

    def hang_up(self) -> None:
        """The host has gone: the run is stopped, and nobody takes what goes out."""
        self.stop()
        self.outputs.close()

    def _stream(self) -> dict[str, JsonValue]:
        # As the hook does: what is heavy is imported when the first run begins.
        from ziggy_sf_write.run.executor import Execution

        execution = Execution(self._params["config"], self._context)
        for part in execution.parts(self.input, window=_WINDOW, bulk_window=_BULK_WINDOW):
            self.outputs.send(0, part.written, is_plain=True)
            self.outputs.send(1, part.second, is_plain=True)
            self.outputs.send(_NOT_WRITTEN, part.not_written, is_plain=True)
        return {"report": execution.report(), "cursor": None}

    def _gather(self, plugins: pluggy.PluginManager) -> dict[str, JsonValue]:
        kind, edge = self._params["blockType"], Edge(index=0, items=list(self.input))
        result = plugins.hook.ziggy_execute(
            block_type=kind, config=self._params["config"], edges=[edge], context=self._context
        )
        if result is None:
            raise HostError(f"There is no block `{kind}`. `describe` lists those that there are.")
        for number, items in enumerate(result.outputs):
            self.outputs.send(number, items, is_plain=False)
        report = result.report
        if isinstance(report, dict) and isinstance(report.get(_NOT_WRITTEN), list):
            self.outputs.send(_NOT_WRITTEN, report[_NOT_WRITTEN], is_plain=False)
            report = {**report, _NOT_WRITTEN: []}
        return {"report": report, "cursor": result.cursor}

    def _tell_progress(self, progress: Progress) -> None:
        self._send(encoded({"event": "progress", "params": {"run": self._number, **progress.to_json()}}))


class LogEvents(logging.Handler):
    """Sends what is logged as events; of a run, with its number."""

    def __init__(self, send: Send, run: int | None = None) -> None:
        super().__init__()
        self._send_line: Callable[[bytes], None] = send
        self._of_run = {} if run is None else {"run": run}

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one record, without its traceback: that is for stderr."""
        told = {**self._of_run, "level": record.levelname.lower(), "message": record.getMessage()}
        self._send_line(encoded({"event": "log", "params": told}))


def _logger(number: int, send: Send) -> logging.Logger:
    """A logger of the run's own, which no table of loggers keeps when the run is over."""
    logger = logging.Logger(f"ziggy.sidecar.{number}", logging.INFO)  # noqa: LOG001 # else each run would leave one
    logger.addHandler(LogEvents(send, number))
    return logger
