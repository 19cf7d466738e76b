"""Turns Salesforce's refusals into reasons of the ledger, or into the error that ends the run."""

from collections.abc import Sequence

from ziggy_sf_write.run.ledger import Reason, Stage
from ziggy_sf_write.salesforce.failures import AnswerLost, OrgError
from ziggy_sf_write.salesforce.fatal import fatal_refusal as fatal_refusal  # noqa: PLC0414 # its callers import it from here
from ziggy_sf_write.salesforce.retry import TRANSIENT_ROW_CODES

# These are refused because of a neighbour, or for a moment: the same item may succeed later, unchanged.
_RETRYABLE = TRANSIENT_ROW_CODES | {
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "PROCESSING_HALTED",
    "ENTITY_IS_LOCKED",
    "STORAGE_LIMIT_EXCEEDED",
}
# The whole value is echoed in some messages; a reason names it, a report must not carry 130,000 characters of it.
_LONGEST_MESSAGE = 500


def reasons_of(errors: Sequence[OrgError]) -> tuple[Reason, ...]:
    """Salesforce's errors for one record, in its own words."""
    return tuple(
        refused_reason(error.code, error.message, fields=error.fields, is_retryable=error.code in _RETRYABLE)
        for error in errors
    )


def refused_reason(code: str, message: str, *, fields: tuple[str, ...] = (), is_retryable: bool = False) -> Reason:
    """One refusal as a reason, its message shortened."""
    short = message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"
    return Reason(stage=Stage.WRITE, code=code, message=short, fields=fields, is_retryable=is_retryable)


def lost_reason(err: AnswerLost) -> Reason:
    """Why it is not known what became of an item."""
    return Reason(
        stage=Stage.WRITE,
        code="answer_lost",
        message=(
            f"The item was sent, but {err}: whether Salesforce saved it could not be found out. "
            "Look the record up before sending the item again."
        ),
    )


def not_saved_reason(err: AnswerLost) -> Reason:
    """Why an item whose answers were lost is known not to be in Salesforce."""
    return Reason(
        stage=Stage.WRITE,
        code="not_saved",
        message=(
            f"The item was sent, try after try, but {err}, and no record of its key is there: it was not saved. "
            "Run the flow again to send it."
        ),
        is_retryable=True,
    )


def broken_off_reason() -> Reason:
    """Why it is not known what became of an item whose writing met a defect of ours."""
    return Reason(
        stage=Stage.WRITE,
        code="run_broken_off",
        message=(
            "The block failed with an internal error while the item was being written: whether Salesforce saved it is "
            "not known. Look the record up before sending the item again."
        ),
    )
