"""Files that travel as they are beside their record: multipart bodies of rows and collections (section 5.8)."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from salesforce_sandbox.call import Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.schema.model import FieldType, SObject

from .multipart import NotMultipart, Part, is_multipart, parts_of


def row_of(sobject: SObject, call: Call) -> dict[str, Any]:
    """The record that a row's call brings; a binary part is the value of the field that it is named after."""
    if not is_multipart(call):
        return call.json_object()
    record, files = _split(call)
    for file in files:
        field = sobject.field(file.name)
        if field is None or field.type is not FieldType.BASE64:
            raise RequestRefused(
                400, "INVALID_FIELD", f"No such column '{file.name}' on sobject of type {sobject.name}"
            )
        record[field.name] = _encoded(file)
    return record


def collection_of(call: Call) -> dict[str, Any]:
    """The body of a collections call; each record's attributes name its binary part and the field it is for."""
    if not is_multipart(call):
        return call.json_object()
    body, files = _split(call)
    by_name = {each.name: each for each in files}
    records = body.get("records")
    for record in records if isinstance(records, list) else ():
        attributes = record.get("attributes") if isinstance(record, Mapping) else None
        if isinstance(attributes, Mapping) and "binaryPartName" in attributes:
            file = by_name.get(str(attributes["binaryPartName"]))
            if file is None:
                message = f"The binary part {attributes['binaryPartName']} is missing"  # not worded in the reference
                raise RequestRefused(400, "INVALID_MULTIPART_REQUEST", message)
            record[str(attributes.get("binaryPartNameAlias") or "VersionData")] = _encoded(file)
    return body


def _split(call: Call) -> tuple[dict[str, Any], Sequence[Part]]:
    """The declaration, which is the first part, and the files after it."""
    try:
        parts = parts_of(call)
    except NotMultipart as err:
        raise RequestRefused(400, "INVALID_MULTIPART_REQUEST", str(err)) from err
    if not parts:
        raise RequestRefused(400, "INVALID_MULTIPART_REQUEST", "The multipart body has no parts")
    declared = next((each for each in parts if "json" in each.media_type), parts[0])
    return call.json_object(declared.content), [each for each in parts if each is not declared]


def _encoded(file: Part) -> str:
    return base64.b64encode(file.content).decode("ascii")
