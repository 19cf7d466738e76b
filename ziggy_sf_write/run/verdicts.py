"""Refused records: most are settled at once; those that contradict the describe are checked against a new one."""

import threading
from collections.abc import Sequence

from ziggy_sf_write.run.ledger import Ledger, Outcome, Reason
from ziggy_sf_write.run.plan import Ready

# A checked item is not refused for these unless the object has changed since it was described (section 3.3), or the
# org knows a rule that no describe tells, such as a record type's picklist.
_CONTRADICTING = frozenset(
    {
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "JSON_PARSER_ERROR",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "STRING_TOO_LONG",
    }
)
# The same code is used for a parent that does not exist, which the describe has nothing to do with.
_ABOUT_A_PARENT = "Foreign key external ID"


class Verdicts:
    """Takes refusals from all threads of the writers."""

    def __init__(self, ledger: Ledger, *, is_validating: bool) -> None:
        self._ledger = ledger
        self._is_validating = is_validating
        self._held: list[tuple[Ready, Sequence[Reason]]] = []
        self._lock = threading.Lock()
        self.is_describe_stale = False

    def refuse(self, ready: Ready, reasons: Sequence[Reason]) -> None:
        """Salesforce has refused a record: settles it as failed, or holds it until the describe is looked at again."""
        if not any(_contradicts(reason) for reason in reasons):
            self._ledger.settle(ready.write.index, Outcome.FAILED, reasons)
            return
        if self._is_validating:
            with self._lock:
                self._held.append((ready, reasons))
            return
        # Nothing was checked, so only a field that is not there says something about the describe.
        self.is_describe_stale |= any(reason.code == "INVALID_FIELD" for reason in reasons)
        self._ledger.settle(ready.write.index, Outcome.FAILED, reasons)

    @property
    def held(self) -> int:
        """How many refusals wait."""
        return len(self._held)

    def take_held(self) -> list[tuple[Ready, Sequence[Reason]]]:
        """The refusals that wait, which wait no longer."""
        with self._lock:
            held, self._held = self._held, []
        return held


def _contradicts(reason: Reason) -> bool:
    return reason.code in _CONTRADICTING and not reason.message.startswith(_ABOUT_A_PARENT)
