"""What a request can be answered with instead of a result."""

from collections.abc import Mapping

from ziggy_sf_write.contract import HostError, JsonValue


class ProtocolError(HostError):
    """What came over the pipe is not what the protocol allows; `code` is one of `docs/other-hosts.md`."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


HOST_HAS_GONE = "The host has closed the pipe, so nobody can be asked."


def error_json(code: str, message: str, *, report: Mapping[str, JsonValue] | None = None) -> dict[str, JsonValue]:
    """The `error` of an answer; `report` accounts for the items of a run that ended so."""
    return {"code": code, "message": message, **({"report": report} if report is not None else {})}
