"""The bar of a load, on stderr: rows, rate, failures, calls that the org has left, time to go."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ziggy_sf_write.contract import Progress
from ziggy_sf_write.salesforce.org import Org

# Below it, name and bar would push the figures out.
_WIDE = 110


class ProgressBar:
    """Takes a run's progress; `org` is whose remaining calls are shown, once it is known."""

    def __init__(self, name: str, console: Console | None = None) -> None:
        self.org: Org | None = None
        shown_on = console or Console(stderr=True)
        figures: list[ProgressColumn] = [
            TextColumn("{task.completed:,} of {task.total:,} rows"),
            TextColumn("{task.fields[more]}"),
            TimeRemainingColumn(compact=True),
        ]
        picture: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn()]
        columns = [*picture, *figures] if shown_on.width >= _WIDE else figures
        self._bar = Bar(*columns, console=shown_on)
        self._task = self._bar.add_task(name, total=0, more="")

    def update(self, _block: str, progress: Progress) -> None:
        """Shows how far the run is; called from any thread."""
        self._bar.update(self._task, completed=progress.done, total=progress.total, more=self._more(progress))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._bar.stop()

    def _more(self, progress: Progress) -> str:
        speed = self._bar.tasks[0].speed
        usage = self.org.usage if self.org is not None else None
        parts = [f"{speed:,.0f}/s"] if speed else []
        parts += [f"{progress.failures:,} failed"] if progress.failures else []
        parts += [f"{usage.limit - usage.used:,} calls left"] if usage else []
        return ", ".join(parts)
