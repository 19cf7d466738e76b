"""A run's events as server-sent events: numbered, resumable, with a heartbeat, ended by the studio's end."""

import asyncio
from collections.abc import AsyncIterator

from ziggy_sf_write.json_text import to_json
from ziggy_studio.events import EventKind
from ziggy_studio.web.runs import Run, StreamedEvent
from ziggy_studio.web.studio import Studio

_HEARTBEAT_S = 10.0


async def event_stream(
    studio: Studio, run: Run, last_id: int, *, heartbeat_s: float = _HEARTBEAT_S
) -> AsyncIterator[str]:
    """The events after `last_id`, as they come, to the run's last one."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(news.set)

    leave_run, leave_studio = run.watch(wake), studio.on_close(wake)
    try:
        yield "retry: 1000\n\n"
        while not studio.closing.is_set():
            news.clear()
            for streamed in run.events_after(last_id):
                last_id = streamed.id
                yield _frame(streamed)
                if streamed.event.kind is EventKind.RUN_FINISHED:
                    return
            try:
                await asyncio.wait_for(news.wait(), heartbeat_s)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        leave_run()
        leave_studio()


def _frame(streamed: StreamedEvent) -> str:
    data = to_json({**streamed.event.data, "at": streamed.at})
    return f"id: {streamed.id}\nevent: {streamed.event.kind.value}\ndata: {data}\n\n"
