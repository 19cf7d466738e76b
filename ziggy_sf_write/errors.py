"""What can go wrong with a whole run, grouped by what the reader should do.

WriteBlockError            a sentence for a person: what, where, why and the cure
├── UserFixable            shown in the form, or as the run's fatal error
│   ├── ConfigError        the block's configuration is wrong
│   ├── LoginError         Salesforce does not let this connection in
│   ├── AccessError        the object or a field is not there for this user, or the feature is switched off
│   └── UnreachableError   the org cannot be reached, or stayed unavailable for as long as the bounds allow
└── StopTheRun             nothing is wrong with the configuration, yet going on would do harm
    ├── ApiBudgetError     the day's API calls are used up, or only the reserve is left
    ├── StoreError         the Data Store did not keep what failed
    ├── NotWrittenError    more of the items were not written than the configuration allows
    └── DefectError        something happened that the block was not made for
InternalError              our own invariant is broken: a defect, never a user's fault
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from ziggy_sf_write.contract import HostError, JsonValue, Problem

log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class WriteBlockError(HostError):
    """Everything that a run of the block may end with.

    `report` says what was done up to then, where there is one; `written` holds the items that were written by then,
    each with its Id, as edge 0 would.
    """

    report: Mapping[str, JsonValue] | None = None
    written: Sequence[JsonValue] = ()


class UserFixable(WriteBlockError):
    """A person can put this right in the form, in the connection or in Salesforce's setup."""


class ConfigError(UserFixable):
    """The configuration is wrong; `problems` lists everything that is, each with its path."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))


class LoginError(UserFixable):
    """Salesforce refused the login."""


class AccessError(UserFixable):
    """The object or the field is not there, or not open to the connected user."""


class UnreachableError(UserFixable):
    """No answer came from the org within the bounds of the configuration."""


class StopTheRun(WriteBlockError):
    """The run ends here so that no harm is done; what was written stays accounted for."""


class ApiBudgetError(StopTheRun):
    """No API calls are left, or none beyond the reserve."""


class StoreError(StopTheRun):
    """Failed items could not be kept in the Data Store; the report still carries every one of them."""


class NotWrittenError(StopTheRun):
    """The run is over, and more of its items were not written than the configuration allows."""


class DefectError(StopTheRun):
    """Something happened that the block was not made for; the report says what is known of each item all the same."""


class InternalError(Exception):
    """Our own bookkeeping does not add up."""


def said(err: Exception) -> str:
    """What an error says for a person; one that was not made for persons is named besides."""
    return str(err) if isinstance(err, HostError) else f"{type(err).__name__}: {err}"


def ask_store(ask: Callable[[], _Answer], *, failed: str, cure: str) -> _Answer:
    """What a host's Data Store answers. What fails for a moment, such as a locked file, is asked once more.

    Raises:
        StoreError: it failed again; the message says what has failed by it, and the cure.
    """
    try:
        return ask()
    except Exception:  # whatever a host's store raises
        log.warning("%s: the Data Store is asked once more", failed, exc_info=True)
    try:
        return ask()
    except Exception as err:  # whatever it raises, what was written stays accounted for
        raise StoreError(f"{failed}: {said(err)} {cure}") from err
