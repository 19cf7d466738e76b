"""The host's stop signal, which may itself fail: what was written must stay accounted for then, too."""

import logging
import threading

from ziggy_sf_write.contract import Cancellation

log = logging.getLogger(__name__)

_FAILS = "the host's stop signal fails; the run cannot be stopped any more, and goes on to its end"


class StopSignal:
    """Asks the host whether the run is to stop. A host that raises is not asked again: the run goes on to its end."""

    def __init__(self, signal: Cancellation) -> None:
        self._signal: Cancellation = signal

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        try:
            return self._signal.is_set()
        except Exception:  # whatever a host raises here, the run goes on
            log.exception(_FAILS)
            self._signal = threading.Event()
            return False

    def wait(self, timeout: float | None = None) -> bool:
        """Waits up to `timeout` seconds; True, at once, where the run is to stop."""
        try:
            return self._signal.wait(timeout)
        except Exception:  # the pause is kept all the same, or a busy org would be asked without one
            log.exception(_FAILS)
            self._signal = threading.Event()
            return self._signal.wait(timeout)
