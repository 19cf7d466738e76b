"""What a person is told when a call that everything depends on has failed for good."""

from collections.abc import Iterator
from contextlib import contextmanager

from ziggy_sf_write.errors import AccessError, ApiBudgetError, UnreachableError, WriteBlockError
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused


@contextmanager
def fatal_for(object_name: str | None, *, doing: str, cure: str = "Run the flow again later.") -> Iterator[None]:
    """Turns a call that fails inside it into the error that ends what was begun; a stop passes.

    Args:
        object_name: the object that the calls are about; None for all of the org's.
        doing: what is done with it, as a verb: read, describe, write.
        cure: what to do while the org does not answer.

    Raises:
        UnreachableError: nothing came back within the bounds, or no call is let through for now.
        ApiBudgetError: the day's calls are used up.
        AccessError: Salesforce refused.
    """
    try:
        yield
    except (NotSent, AnswerLost) as err:
        raise UnreachableError(f"Salesforce cannot be reached: {err}. {cure}") from err
    except Refused as err:
        refused = AccessError(f"Salesforce refused to {doing} {_named(object_name)}: {err}")
        raise fatal_refusal(err, object_name, doing=doing) or refused from err


def fatal_refusal(err: Refused, object_name: str | None, *, doing: str = "write") -> WriteBlockError | None:
    """The error that ends the run, where a whole call was refused for a reason that no item has caused."""
    said = f"Salesforce says {err.errors[0].message}"
    match err.status, err.code:
        case _, "REQUEST_LIMIT_EXCEEDED" if "Concurrent" in err.errors[0].message:
            return UnreachableError(
                f"The org is busy with as many long requests as it takes at once ({said}). "
                "Run the flow again later, with fewer Calls at a time."
            )
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
                f"{_named(object_name)} or its match key is no longer there for this connection ({said}). "
                "Choose the object and the key again."
            )
        case 403 | 405 | 410, _:
            return AccessError(
                f"The connected user may not {doing} {_named(object_name)} through the API ({said}). "
                "Ask an administrator for the permission, or use another connection."
            )
        case _:
            return None


def refused_alike(err: Refused, *, is_validating: bool = True) -> WriteBlockError:
    """The error that ends the run where call after call, or record after record, is refused in the same words."""
    cure = "Ask an administrator what the org forbids, then run the flow again."
    if not is_validating:
        cure = "Turn on Perform data property validation: it says item by item what is wrong, before anything is sent."
    return AccessError(f"Salesforce refuses one call after another with {err.code}: {err.errors[0].message}. {cure}")


def _named(object_name: str | None) -> str:
    return f"`{object_name}`" if object_name else "the org's objects"
