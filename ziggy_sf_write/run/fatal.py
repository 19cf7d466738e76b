"""Turns a refusal of a whole call into the error that ends the run, where no item has caused it."""

from ziggy_sf_write.errors import AccessError, ApiBudgetError, UnreachableError, WriteBlockError
from ziggy_sf_write.salesforce.failures import Refused


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
