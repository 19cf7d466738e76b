"""An uploaded CSV file: cut into rows, its header turned into columns (reference sections 7.4 and 7.5)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from salesforce_sandbox.schema.model import Field, Schema, SObject

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_MAX_HEADER = 32_000
# The sizes are the reference's (section 7.6), the wording of their refusals is UNCONFIRMED. An upload is measured after
# base64, which makes four bytes of three. Python's own reader stops at about the longest value by itself.
_MAX_UPLOAD = 150_000_000
_MAX_VALUE = 131_072
_MAX_RECORD = 400_000
_VALUE_TOO_LONG = f"InvalidBatch : A field value exceeds {_MAX_VALUE} characters"
csv.field_size_limit(1 << 24)


class FileRefused(Exception):
    """Fails the job before any row is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the record's id, a field, or a parent's key behind a relationship."""

    header: str
    field: Field | None = None  # None: the Id column
    target: str | None = None
    parent_key: Field | None = None


def read_rows(data: bytes, *, delimiter: str, line_ending: str) -> Iterator[list[str]]:
    """The rows of the file, the header first."""
    if len(data) * 4 > _MAX_UPLOAD * 3:
        raise FileRefused(f"ClientInputError : The upload exceeds {_MAX_UPLOAD} bytes after base64 encoding")
    if data.startswith(b"\xef\xbb\xbf"):
        raise FileRefused(
            "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as err:
        raise FileRefused("InvalidBatch : Failed to read query. The data is not valid UTF-8") from err
    _check_line_ending(text, line_ending)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
    try:
        yield from (_within_limits(row) for row in reader if row)
    except csv.Error as err:
        if "field limit" in str(err):
            raise FileRefused(_VALUE_TOO_LONG) from err
        raise FileRefused(
            "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"
        ) from err


def read_leniently(data: bytes, *, delimiter: str) -> Iterator[list[str]]:
    """The rows of a file that was refused, the header first: quotes may stand anywhere, and nothing is checked."""
    reader = csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline=""), delimiter=DELIMITERS[delimiter])
    try:
        yield from (row for row in reader if row)
    except csv.Error:
        return  # a value of many megabytes: what comes behind it is not told of


def _within_limits(row: list[str]) -> list[str]:
    if max(map(len, row)) > _MAX_VALUE:
        raise FileRefused(_VALUE_TOO_LONG)
    if sum(map(len, row)) > _MAX_RECORD:
        raise FileRefused(f"InvalidBatch : A record exceeds {_MAX_RECORD} characters")
    return row


def _check_line_ending(text: str, line_ending: str) -> None:
    """The line ending that ends the header must be the declared one; inside quotes any newline may stand.

    Whether newlines inside values must be the declared ones too is UNCONFIRMED; they may be anything.
    """
    first = text.find("\n")
    found = None if first < 0 else ("CRLF" if text[first - 1 : first] == "\r" else "LF")
    if (found is not None and found != line_ending) or (found is None and "\r" in text):
        raise FileRefused(
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"
        )


def read_header(schema: Schema, sobject: SObject, header: list[str]) -> list[Column]:
    """The columns; the first unknown one fails the job."""
    if sum(map(len, header)) > _MAX_HEADER:
        raise FileRefused("InvalidBatch : The header row is longer than 32,000 characters")
    columns = [_column(schema, sobject, each) for each in header]
    seen: set[str] = set()
    for each in columns:
        if each.header.lower() in seen:
            raise FileRefused(f"InvalidBatch : Duplicate column: {each.header}")
        seen.add(each.header.lower())
    return columns


def _column(schema: Schema, sobject: SObject, header: str) -> Column:
    if header.lower() == "id":
        return Column(header=header)
    if "." in header:
        return _parent_column(schema, sobject, header)
    field = sobject.field(header)
    if field is None or not field.is_stored or (field.type.value == "base64"):
        raise FileRefused(f"InvalidBatch : Field name not found : {header}")
    return Column(header=header, field=field)


def _parent_column(schema: Schema, sobject: SObject, header: str) -> Column:
    """`Rel.Key`, or `Type:Rel.Key` where and only where the lookup may lead to several objects."""
    left, _, key_name = header.rpartition(".")
    declared, _, relation = left.rpartition(":")
    field = sobject.by_relationship.get(relation.lower())
    if field is None:
        raise FileRefused(f"InvalidBatch : Unable to find relationship: {relation}" if declared else
                          f"InvalidBatch : Field name not found : {header}")  # fmt: skip
    if declared and not field.is_polymorphic:
        message = f"InvalidBatch : type is not needed for non polymorphic foreign key references: {relation}"
        raise FileRefused(message)
    if not declared and field.is_polymorphic:
        # The wording for a missing type is UNCONFIRMED.
        raise FileRefused(f"InvalidBatch : type is needed for polymorphic foreign key references: {relation}")
    target = schema.find(declared or field.reference_to[0])
    if target is None or target.name not in field.reference_to:
        raise FileRefused(f"InvalidBatch : Unable to find relationship: {left}")
    key = target.field(key_name)
    if key is None or not (key.is_key or (target.name == "RecordType" and key.name == "Name")):
        raise FileRefused(f"InvalidBatch : Field name not found : {header}")
    return Column(header=header, field=field, target=target.name, parent_key=key)
