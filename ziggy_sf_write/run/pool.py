"""The one place with threads: runs tasks at a bounded concurrency and leaves none behind."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")


def run_all(tasks: Iterable[Callable[[], None]], *, concurrency: int) -> None:
    """Runs every task, at most `concurrency` at a time; returns when all have ended.

    Tasks are drawn from the iterable as places become free, so it may be long. The first exception is raised after
    the tasks under way have ended; those not yet drawn are not begun.
    """
    pending: set[Future[None]] = set()
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="ziggy-sf-write") as pool:
        for task in tasks:
            pending.add(pool.submit(task))
            if len(pending) >= concurrency:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                _raise_first(done)
        done, _ = wait(pending)
        _raise_first(done)


def _raise_first(done: Iterable[Future[None]]) -> None:
    for future in done:
        future.result()
