"""Lines on their way out of the sidecar."""

import io
import threading
from typing import Any

from ziggy_sf_write.sidecar.pipes import Outbox


def test_the_last_line_goes_out_also_where_the_end_is_queued_right_behind_it() -> None:
    class Slow(io.BytesIO):
        """Takes its time with each line, so that all of them are queued behind the first."""

        flushed = b""

        def write(self, line: Any) -> int:
            threading.Event().wait(0.05)
            return super().write(line)

        def flush(self) -> None:
            self.flushed = self.getvalue()

    lines = Slow()
    outbox = Outbox(lines)
    for line in (b"first\n", b"last\n"):
        outbox.send(line)
    outbox.close()
    assert lines.flushed == b"first\nlast\n"
