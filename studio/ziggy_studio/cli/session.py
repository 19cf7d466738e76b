"""What the commands that run flows share: the project's host, its sandbox if it wants one, and a clean stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from ziggy_sf_write.contract import Mode
from ziggy_sf_write.salesforce.failures import Stopped
from ziggy_studio import store as data_store  # what it exports is imported when it is used
from ziggy_studio.cli.show import print_progress
from ziggy_studio.engine import Host
from ziggy_studio.errors import StoppedBySignal
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store.deferred import DeferredStore

if TYPE_CHECKING:
    from salesforce_sandbox import Sandbox
    from ziggy_studio.store import History, SqlStore


class StopSignal(threading.Event):
    """Asks a run to stop; `number` is the signal that was sent, if one was."""

    number: signal.Signals | None = None

    @property
    def exit_code(self) -> int:
        """What a command ends with that a signal has stopped (128 and its number), else 0."""
        return 128 + self.number if self.number is not None else 0


@contextmanager
def open_host(
    folder: Path, mode: Mode | None = None, *, is_quiet: bool = False, is_store_deferred: bool = False
) -> Iterator[tuple[Host, "Sandbox | None"]]:
    """A host over a project folder; with it the embedded sandbox org, where the project wants one.

    A quiet host prints no progress of its own. Where the store is deferred, a file is opened when it is needed.
    """
    project, stop = Project(folder), StopSignal()
    with ExitStack() as stack:
        org = stack.enter_context(_embedded_sandbox(project)) if project.has_embedded_sandbox else None
        store, history = _opened(project, is_deferred=is_store_deferred)
        stack.callback(store.close)
        host = Host(
            plugins=make_plugin_manager(),
            project=project,
            store=store,
            mode=mode or project.mode,
            history=history,
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


def _embedded_sandbox(project: Project) -> "AbstractContextManager[Sandbox]":
    # The server of an org takes longer to import than a command takes that writes to another one.
    from ziggy_studio.embedded import embedded_sandbox

    return embedded_sandbox(project)


def _opened(project: Project, *, is_deferred: bool) -> "tuple[SqlStore | DeferredStore, History | None]":
    location = project.store_location
    if is_deferred and isinstance(location, Path):
        return DeferredStore(location), None
    store = data_store.open_store(location)
    return store, data_store.History(store, level=project.history_level, runs=project.history_runs)


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
