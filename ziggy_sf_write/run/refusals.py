"""Turns Salesforce's refusals into reasons of the ledger, or into the error that ends the run."""

from collections.abc import Sequence

from ziggy_sf_write.errors import AccessError, ApiBudgetError, UnreachableError, WriteBlockError
from ziggy_sf_write.run.ledger import Reason, Stage
from ziggy_sf_write.salesforce.failures import AnswerLost, OrgError, Refused
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


def fatal_refusal(err: Refused, object_name: str) -> WriteBlockError | None:
    """The error that ends the run, where a whole call was refused for a reason that no item has caused."""
    said = f"Salesforce says {err.errors[0].message}"
    match err.status, err.code:
        case _, "REQUEST_LIMIT_EXCEEDED":
            return ApiBudgetError(
                f"The org takes no more API calls ({said}). Run the flow again when the allowance has recovered, "
                "or ask for more calls."
            )
        case 407 | 420 | 429, _:
            return UnreachableError(
                f"No call is let through for now: {err.errors[0].message}. "
                "Run the flow again later, with fewer Calls at a time."
            )
        case 404, _:
            return AccessError(
                f"`{object_name}` or its match key is no longer there for this connection ({said}). "
                "Choose the object and the key again."
            )
        case 403 | 405 | 410, _:
            return AccessError(
                f"The connected user may not write `{object_name}` through the API ({said}). "
                "Ask an administrator for the permission, or use another connection."
            )
        case _:
            return None


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
