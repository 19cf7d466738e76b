"""What a person reads when a call that everything depends on has failed."""

import pytest

from ziggy_sf_write.errors import AccessError, ApiBudgetError, UnreachableError
from ziggy_sf_write.salesforce.failures import AnswerLost, CallFailed, NotSent, OrgError, Refused, Stopped
from ziggy_sf_write.salesforce.fatal import fatal_for


def _refused(status: int, code: str = "CODE", message: str = "because") -> Refused:
    return Refused(status, (OrgError(code=code, message=message),))


FAILURES: dict[str, tuple[CallFailed, type[Exception], str]] = {
    "not sent": (NotSent("no way"), UnreachableError, "Salesforce cannot be reached: no way. Try again."),
    "answer lost": (
        AnswerLost("it broke"),
        UnreachableError,
        "Salesforce cannot be reached: it broke. Try again.",
    ),
    "turned away": (_refused(429), UnreachableError, "No call is let through for now: because."),
    "no calls left": (_refused(403, "REQUEST_LIMIT_EXCEEDED"), ApiBudgetError, "The org takes no more API calls"),
    "not allowed": (_refused(403), AccessError, "may not describe `Account` through the API"),
    "gone": (_refused(404), AccessError, "`Account` or its match key is no longer there"),
    "refused": (_refused(400), AccessError, "Salesforce refused to describe `Account`: CODE: because"),
}


@pytest.mark.parametrize(("failed", "kind", "sentence"), FAILURES.values(), ids=FAILURES)
def test_a_failed_call_becomes_a_sentence_with_its_cure(
    failed: CallFailed, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind) as caught, fatal_for("Account", doing="describe", cure="Try again."):
        raise failed
    assert sentence in str(caught.value)
    assert caught.value.__cause__ is failed


def test_where_no_object_is_meant_none_is_named() -> None:
    with pytest.raises(AccessError, match="refused to list the org's objects"), fatal_for(None, doing="list"):
        raise _refused(400)


def test_a_stop_passes() -> None:
    with pytest.raises(Stopped), fatal_for("Account", doing="read"):
        raise Stopped
