"""Files that are replaced as a whole: whoever reads one meanwhile sees the old file or the new one."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_file(path: Path, *, mode: int | None = None) -> Iterator[Path]:
    """A path to write to that takes the place of `path` at the end of the block, or not at all where that raises.

    `mode` are the file's permissions, from before its first byte on; None leaves them to the process.
    """
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        if mode is not None:
            unfinished.touch(mode=mode & 0o600, exist_ok=False)
            unfinished.chmod(mode)
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
