"""What the commands that run flows share: the project's host, its sandbox if it wants one, and a clean stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from salesforce_sandbox import Sandbox
from ziggy_sf_write.contract import Mode
from ziggy_sf_write.salesforce.failures import Stopped
from ziggy_studio.cli.show import print_progress
from ziggy_studio.embedded import embedded_sandbox
from ziggy_studio.engine import Host
from ziggy_studio.errors import StoppedBySignal
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import History, open_store


class StopSignal(threading.Event):
    """Asks a run to stop; `number` is the signal that was sent, if one was."""

    number: signal.Signals | None = None

    @property
    def exit_code(self) -> int:
        """What a command ends with that a signal has stopped (128 and its number), else 0."""
        return 128 + self.number if self.number is not None else 0


@contextmanager
def open_host(
    folder: Path, mode: Mode | None = None, *, is_quiet: bool = False
) -> Iterator[tuple[Host, Sandbox | None]]:
    """A host over a project folder; with it the embedded sandbox org, where the project wants one.

    A quiet host prints no progress of its own.
    """
    project, stop = Project(folder), StopSignal()
    with ExitStack() as stack:
        org = stack.enter_context(embedded_sandbox(project)) if project.has_embedded_sandbox else None
        store = open_store(project.store_url)
        stack.callback(store.close)
        host = Host(
            plugins=make_plugin_manager(),
            project=project,
            store=store,
            mode=mode or project.mode,
            history=History(store, level=project.history_level, runs=project.history_runs),
            cancelled=stop,
            on_progress=(lambda _block, _progress: None) if is_quiet else print_progress,
        )
        stack.enter_context(_stop_on_signals(stop))
        try:
            yield host, org
        except Stopped as err:
            if stop.number is None:
                raise
            raise StoppedBySignal(stop.number.name, stop.exit_code) from err


@contextmanager
def _stop_on_signals(cancelled: StopSignal) -> Iterator[None]:
    """SIGHUP, SIGINT and SIGTERM ask the run to stop; what is under way is awaited and accounted for."""

    def stop(signum: int, _frame: FrameType | None) -> None:
        cancelled.number = signal.Signals(signum)
        cancelled.set()

    # Windows has no SIGHUP.
    numbers = [getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
