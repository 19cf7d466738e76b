"""The host's stop signal, which may itself fail: what was written must stay accounted for then, too."""

import logging
import threading

from ziggy_sf_write.contract import Cancellation

log = logging.getLogger(__name__)


class StopSignal:
    """Asks the host whether the run is to stop. A host that raises is not asked again: the run goes on to its end."""

    def __init__(self, signal: Cancellation) -> None:
        self._signal: Cancellation = signal
        self._lock = threading.Lock()

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        signal = self._signal
        try:
            return signal.is_set()
        except Exception as err:  # noqa: BLE001 # whatever a host raises here, the run goes on
            self._give_up(signal, err)
            return False

    def wait(self, timeout: float | None = None) -> bool:
        """Waits up to `timeout` seconds; True, at once, where the run is to stop."""
        signal = self._signal
        try:
            return signal.wait(timeout)
        except Exception as err:  # noqa: BLE001 # the pause is kept all the same, or a busy org would be asked without one
            return self._give_up(signal, err).wait(timeout)

    def _give_up(self, signal: Cancellation, err: Exception) -> Cancellation:
        """Takes a signal that is never given in its place; several threads may find out at once, one says so."""
        with self._lock:
            if self._signal is signal:
                log.error("the host's stop signal fails; the run cannot be stopped any more, and goes on", exc_info=err)
                self._signal = threading.Event()
            return self._signal
