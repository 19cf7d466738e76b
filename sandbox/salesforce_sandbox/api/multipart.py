"""The two parts of a multipart job: its declaration and its data (reference section 7.1)."""

from email import message_from_bytes

from salesforce_sandbox.call import Call
from salesforce_sandbox.errors import RequestRefused

MAX_CHARACTERS = 100_000


def parts_of(call: Call) -> dict[str, bytes]:
    """The bodies by name: job and content."""
    if len(call.text()) > MAX_CHARACTERS:
        raise RequestRefused(400, "INVALIDJOB", f"A multipart body holds at most {MAX_CHARACTERS} characters")
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n"
    message = message_from_bytes(head.encode("latin-1") + call.body)
    if not message.get_boundary():
        raise RequestRefused(400, "INVALIDJOB", "The multipart body has no boundary")
    found: dict[str, bytes] = {}
    for part in message.walk():
        name, body = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(body, bytes):
            found[name] = body
    if not {"job", "content"} <= set(found):
        raise RequestRefused(400, "INVALIDJOB", "The multipart body needs the parts job and content")
    return found
