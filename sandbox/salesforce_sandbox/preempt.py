"""Answers that a fault gives in the org's place; nothing has been done when they go out."""

from collections.abc import Mapping

from .call import Answer
from .faults import Fault, FaultName

_STATUS = {
    FaultName.HTTP_429: 429,
    FaultName.HTTP_502: 502,
    FaultName.HTTP_503: 503,
    FaultName.HTTP_504: 504,
    FaultName.LATE_COMMIT_503: 503,
    FaultName.LATE_COMMIT_504: 504,
    FaultName.HTTP_429_RETRY_AFTER: 429,
    FaultName.HTTP_502_RETRY_AFTER: 502,
    FaultName.HTTP_503_RETRY_AFTER: 503,
    FaultName.HTTP_504_RETRY_AFTER: 504,
}
_LIMITS = {
    FaultName.REQUEST_LIMIT_TOTAL: "TotalRequests Limit exceeded.",
    FaultName.REQUEST_LIMIT_CONCURRENT: "ConcurrentPerOrgLongTxn Limit exceeded.",
}
_PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"


def preempting_answer(faults: Mapping[FaultName, Fault]) -> Answer | None:
    """The answer of the first fault that has one."""
    for name, fault in faults.items():
        if name in _STATUS:
            waits = name.endswith("_retry_after")
            headers = {"Retry-After": str(fault.retry_after_s)} if waits else {}
            # An edge or gateway answers without an error body of the API.
            return Answer(status=_STATUS[name], body=b"", headers=headers)
        if name in _LIMITS:
            return _refusal(403, "REQUEST_LIMIT_EXCEEDED", _LIMITS[name])
        if name is FaultName.SERVER_UNAVAILABLE:
            return _refusal(503, "SERVER_UNAVAILABLE", "Server is temporarily unavailable. Please retry later.")
        if name in (FaultName.HTML_ERROR, FaultName.LATE_COMMIT_HTML):
            page = _PAGE.format(title="We are down for maintenance.", text="Sorry for the inconvenience.")
            return Answer(status=503, body=page, media_type="text/html;charset=UTF-8")
    return None


def _refusal(status: int, code: str, message: str) -> Answer:
    return Answer(status=status, body=[{"message": message, "errorCode": code}])
