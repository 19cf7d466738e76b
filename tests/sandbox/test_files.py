"""Files: multipart bodies, and what a version of a file brings along (Salesforce API 5.8)."""

import base64
import json
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api

EVERY_BYTE = bytes(range(256)) * 3 + b"\r\n--B-\r\n\n\r--B inside\r\n"


def send(api: Api, method: str, path: str, declared: Any, files: dict[str, bytes]) -> Any:
    """A multipart body as the REST guide writes it: JSON first, then the files."""
    parts: list[tuple[str, tuple[str | None, bytes | str, str]]] = [
        ("entity_content", (None, json.dumps(declared), "application/json")),
        *((name, ("a.bin", data, "application/octet-stream")) for name, data in files.items()),
    ]
    return api.call(method, path, files=parts)


def test_a_version_is_uploaded_byte_for_byte(api: Api, sandbox: Sandbox) -> None:
    declared = {"Title": "Brochure", "PathOnClient": "brochure.pdf"}
    answer = send(api, "POST", "sobjects/ContentVersion", declared, {"VersionData": EVERY_BYTE})

    version_id = answer.json()["id"]
    assert answer.status_code == 201
    assert api.get(f"sobjects/ContentVersion/{version_id}/VersionData").content == EVERY_BYTE
    (version,) = sandbox.records("ContentVersion")
    assert (version["ContentSize"], version["FileExtension"], version["FileType"]) == (len(EVERY_BYTE), "pdf", "PDF")
    (document,) = sandbox.records("ContentDocument")
    assert (document["Id"], document["Title"]) == (version["ContentDocumentId"], "Brochure")
    assert document["LatestPublishedVersionId"] == version_id


@pytest.mark.parametrize("media_type", ["message/rfc822", "multipart/mixed; boundary=X", "text/plain; charset=utf-16"])
def test_the_type_of_a_file_changes_nothing_of_it(api: Api, sandbox: Sandbox, media_type: str) -> None:
    data = b"Subject: x\r\n\r\n--X\r\nbody"
    parts: list[Any] = [
        ("entity_document", (None, json.dumps({"FolderId": user_of(sandbox), "Name": "M"}), "application/json")),
        ("Body", ("m.eml", data, media_type)),
    ]
    answer = api.call("POST", "sobjects/Document", files=parts)

    assert answer.status_code == 201, answer.text
    assert api.get(f"sobjects/Document/{answer.json()['id']}/Body").content == data


def user_of(sandbox: Sandbox) -> str:
    return str(sandbox.records("User")[0]["Id"])


@pytest.mark.parametrize(
    ("encoding", "sent"), [("base64", "aGkhIA0K\r\n"), ("quoted-printable", "hi!=20=0D=0A"), ("binary", "hi! \r\n")]
)
def test_a_part_says_how_its_content_travels(api: Api, sandbox: Sandbox, encoding: str, sent: str) -> None:
    declared = json.dumps({"FolderId": user_of(sandbox), "Name": "M"})
    body = (
        "a preamble\r\n--B\r\nContent-Type: application/json\r\n"
        f'Content-Disposition: form-data; name="entity_document"\r\n\r\n{declared}\r\n--B  \r\n'
        f'Content-Disposition: form-data; filename="m"; name="Body"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
        f"{sent}\r\n--B--\r\nan epilogue"
    )
    headers = {"Content-Type": 'multipart/form-data; boundary="B"'}
    answer = api.call("POST", "sobjects/Document", data=body.encode(), headers=headers)

    assert answer.status_code == 201, answer.text
    assert api.get(f"sobjects/Document/{answer.json()['id']}/Body").content == b"hi! \r\n"


def test_a_document_is_replaced(api: Api, sandbox: Sandbox) -> None:
    (document,) = sandbox.insert("Document", [{"FolderId": user_of(sandbox), "Name": "D", "Body": "eA=="}])

    answer = send(api, "PATCH", f"sobjects/Document/{document}", {"Name": "New"}, {"Body": b"new"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(f"sobjects/Document/{document}/Body").content == b"new"
    assert sandbox.records("Document")[0]["BodyLength"] == 3


def test_an_attachment_is_uploaded_to_its_parent(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "A"}])
    declared = {"ParentId": account, "Name": "a.txt"}

    assert send(api, "POST", "sobjects/Attachment", declared, {"Body": b"hello"}).status_code == 201
    (attachment,) = sandbox.records("Attachment")
    assert (base64.b64decode(attachment["Body"]), attachment["BodyLength"]) == (b"hello", 5)


def test_collections_name_the_binary_part_of_each_record(api: Api, sandbox: Sandbox) -> None:
    attributes = {"type": "ContentVersion", "binaryPartNameAlias": "VersionData"}
    records = [
        {
            "attributes": {**attributes, "binaryPartName": f"part{n}"},
            "PathOnClient": f"{n}.txt",
        }
        for n in (1, 2)
    ]
    answer = send(api, "POST", "composite/sobjects", {"records": records}, {"part1": b"one", "part2": b"two"})

    assert [each["success"] for each in answer.json()] == [True, True]
    held = [base64.b64decode(each["VersionData"]) for each in sandbox.records("ContentVersion")]
    assert held == [b"one", b"two"]
    missing = send(api, "POST", "composite/sobjects", {"records": records}, {"part1": b"one"})
    assert missing.status_code == 400


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"x", "multipart/form-data"), (b"x", "multipart/form-data; boundary=B")],
    ids=["no boundary", "no parts"],
)
def test_what_is_no_multipart_body_is_refused(api: Api, body: bytes, content_type: str) -> None:
    answer = api.call("POST", "sobjects/ContentVersion", data=body, headers={"Content-Type": content_type})

    assert answer.status_code == 400


def test_a_file_for_a_field_that_holds_none_is_refused(api: Api) -> None:
    answer = send(api, "POST", "sobjects/ContentVersion", {"PathOnClient": "a"}, {"Title": b"x"})

    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"


def test_a_first_version_is_published_where_it_says(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "A"}])
    version = {"PathOnClient": "C:\\x\\notes.txt", "VersionData": "eA==", "FirstPublishLocationId": account}
    assert api.create("ContentVersion", version).status_code == 201

    links = {each["LinkedEntityId"]: each["ShareType"] for each in sandbox.records("ContentDocumentLink")}
    assert links == {account: "V", user_of(sandbox): "I"}
    assert sandbox.records("ContentDocument")[0]["Title"] == "notes"
    found = api.rows(f"SELECT ContentDocument.Title FROM ContentDocumentLink WHERE LinkedEntityId = '{account}'")  # noqa: S608
    assert [each["ContentDocument"]["Title"] for each in found] == ["notes"]


def test_a_further_version_takes_the_place_of_the_latest(api: Api, sandbox: Sandbox) -> None:
    api.create("ContentVersion", {"PathOnClient": "a.txt", "VersionData": "eA=="})
    document = sandbox.records("ContentDocument")[0]["Id"]
    second = {"PathOnClient": "b.csv", "VersionData": "eHk=", "ContentDocumentId": document}
    assert api.create("ContentVersion", second).status_code == 201

    versions = [(each["VersionNumber"], each["IsLatest"]) for each in sandbox.records("ContentVersion")]
    assert versions == [("1", False), ("2", True)]
    (held,) = sandbox.records("ContentDocument")
    assert (held["Title"], held["FileType"], held["ContentSize"]) == ("b", "CSV", 2)


def test_a_document_takes_its_versions_and_links_along(api: Api, sandbox: Sandbox) -> None:
    api.create("ContentVersion", {"PathOnClient": "a.txt", "VersionData": "eA=="})
    document = sandbox.records("ContentDocument")[0]["Id"]

    assert api.call("DELETE", f"sobjects/ContentDocument/{document}").status_code == 204
    assert sandbox.records("ContentVersion") == sandbox.records("ContentDocumentLink") == []


def test_a_deleted_record_is_no_longer_linked(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "A"}])
    api.create("ContentVersion", {"PathOnClient": "a", "VersionData": "eA==", "FirstPublishLocationId": account})

    api.call("DELETE", f"sobjects/Account/{account}")

    assert len(sandbox.records("ContentDocumentLink")) == len(sandbox.records("ContentDocument")) == 1
