"""The two parts of a multipart job: its declaration and its data (reference section 7.1)."""

import re

from salesforce_sandbox.call import Call
from salesforce_sandbox.errors import RequestRefused

MAX_CHARACTERS = 100_000
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'name="([^"]+)"')


def parts_of(call: Call) -> dict[str, bytes]:
    """The bodies by name: job and content."""
    boundary = _BOUNDARY.search(call.headers.get("content-type", ""))
    if boundary is None:
        raise RequestRefused(400, "INVALIDJOB", "The multipart body has no boundary")
    if len(call.text()) > MAX_CHARACTERS:
        raise RequestRefused(400, "INVALIDJOB", f"A multipart body holds at most {MAX_CHARACTERS} characters")
    found: dict[str, bytes] = {}
    for part in call.body.split(b"--" + boundary[1].encode("ascii")):
        head, gap, body = part.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
        name = _NAME.search(head)
        if gap and name:
            found[name[1].decode("ascii")] = body.removesuffix(b"\n").removesuffix(b"\r")
    if not {"job", "content"} <= set(found):
        raise RequestRefused(400, "INVALIDJOB", "The multipart body needs the parts job and content")
    return found
