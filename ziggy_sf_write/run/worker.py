"""The top of a thread that writes: what nobody has foreseen ends the run, but takes nothing with it that is known."""

import logging
from collections.abc import Callable, Sequence

from ziggy_sf_write.errors import DefectError
from ziggy_sf_write.run.brake import Brake
from ziggy_sf_write.run.plan import Ready

log = logging.getLogger(__name__)


def write_or_break_off(brake: Brake, rows: Sequence[Ready], write: Callable[[], None]) -> None:
    """Calls `write`, which settles these rows; after a defect those that nothing is known of will end as unknown."""
    try:
        write()
    except Exception as err:  # a defect in one thread must not lose what the others know
        log.exception("a call could not be settled")
        name = type(err).__name__
        brake.pull(
            DefectError(f"The block failed with an internal error ({name}). The log says where; please report it.")
        )
        brake.break_off(ready.write.index for ready in rows)
