"""The sizes that a Bulk upload may have (reference section 7.6)."""

import pytest

from salesforce_sandbox.bulk.csv_file import FileRefused, read_rows


def _rows(data: bytes) -> list[list[str]]:
    return list(read_rows(data, delimiter="COMMA", line_ending="LF"))


def test_a_value_of_131072_characters_is_taken_and_one_more_fails_the_job() -> None:
    assert len(_rows(b"Name\n" + b"x" * 131_072 + b"\n")[1][0]) == 131_072
    with pytest.raises(FileRefused, match="A field value exceeds 131072"):
        _rows(b"Name\n" + b"x" * 131_073 + b"\n")


def test_a_record_of_400000_characters_is_taken_and_one_more_fails_the_job() -> None:
    cells = [b"x" * 100_000] * 4
    assert len(_rows(b"A,B,C,D\n" + b",".join(cells) + b"\n")) == 2
    with pytest.raises(FileRefused, match="A record exceeds 400000"):
        _rows(b"A,B,C,D\n" + b",".join([*cells[:3], b"x" * 100_001]) + b"\n")


def test_an_upload_that_is_too_large_after_base64_fails_the_job() -> None:
    with pytest.raises(FileRefused, match="The upload exceeds 150000000 bytes"):
        _rows(bytes(112_500_001))
