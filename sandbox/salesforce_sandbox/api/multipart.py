"""Multipart bodies: a declaration in JSON, and data that travels as it is (reference sections 5.8 and 7.1)."""

import re
from base64 import decodebytes
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import pairwise
from quopri import decodestring

from salesforce_sandbox.call import Call

_DECODERS: dict[str, Callable[[bytes], bytes]] = {"base64": decodebytes, "quoted-printable": decodestring}
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its name, the type of its content, and the content, byte for byte."""

    name: str
    media_type: str
    content: bytes


class NotMultipart(ValueError):
    """The body is none, whatever its header says."""


def is_multipart(call: Call) -> bool:
    """Whether the call says that its body is one."""
    return call.headers.get("content-type", "").lower().startswith("multipart/form-data")


def parts_of(call: Call) -> list[Part]:
    """The parts in their order. A boundary counts only as a whole line, so data may hold it inside of one."""
    boundary = _headers(f"Content-Type: {call.headers.get('content-type', '')}".encode("latin-1")).get_boundary()
    if not boundary:
        raise NotMultipart("The multipart body has no boundary")
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary.encode("latin-1")) + rb"(--)?[ \t]*(?=\r?\n|$)")
    marks = list(line.finditer(call.body))
    return [
        part
        for start, end in pairwise(marks)
        if start[1] is None and (part := _part(call.body[start.end() : end.start()])) is not None
    ]


def _part(section: bytes) -> Part | None:
    # The section starts with the end of the boundary's line; without headers it goes on with an empty one.
    head = _HEAD_END.search(section)
    if head is None:
        return None
    headers = _headers(section[: head.start()].lstrip(b"\r\n"))
    name = headers.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        return None
    encoding = str(headers.get("content-transfer-encoding", "")).strip().lower()
    content = _DECODERS.get(encoding, bytes)(section[head.end() :])
    return Part(name=name, media_type=headers.get_content_type(), content=content)


def _headers(text: bytes) -> Message:
    return BytesHeaderParser().parsebytes(text + b"\r\n\r\n")
