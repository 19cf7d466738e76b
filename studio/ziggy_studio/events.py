"""What a run tells whoever watches it, as it happens."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ziggy_sf_write.contract import JsonValue


class EventKind(StrEnum):
    """The events of a run, in the spelling of the event stream."""

    RUN_STARTED = "runStarted"
    BLOCK_STARTED = "blockStarted"
    BLOCK_PROGRESS = "blockProgress"
    BLOCK_FINISHED = "blockFinished"
    EDGE_FILLED = "edgeFilled"
    LOG_LINE = "logLine"
    RUN_FINISHED = "runFinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """One event; `data` is JSON, and holds counts and messages but never items."""

    kind: EventKind
    data: dict[str, JsonValue]


Listener = Callable[[RunEvent], None]


def nobody_listens(_event: RunEvent) -> None:
    """The listener of a run that nobody watches."""


class LogToEvents(logging.Handler):
    """Hands the log lines of one block to its run's listener."""

    def __init__(self, block_id: str, listener: Listener) -> None:
        super().__init__(logging.INFO)
        self._block_id = block_id
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        """Passes a line on, without its traceback."""
        data = {"block": self._block_id, "level": record.levelname.lower(), "message": record.getMessage()}
        self._listener(RunEvent(kind=EventKind.LOG_LINE, data=data))
