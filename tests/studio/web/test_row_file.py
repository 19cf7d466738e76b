"""A file that is given to the editor: the rows, and the refusals, that the commands have for it."""

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from tests.studio.web.conftest import Client
from ziggy_studio.blocks.literals import parse_test_data
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import read_all

FRAME = pd.DataFrame([{"Ext__c": "k1", "Name": "Müller"}, {"Ext__c": "k2", "Name": "Nuñez"}])
LINES = b'{"n": 12345678901234567890}\n\n{"n": 1}\n'


def _saved(suffix: str) -> bytes:
    """The frame as another program would save it."""
    out = io.BytesIO()
    match suffix:
        case "xlsx":
            FRAME.to_excel(out, index=False)
        case "parquet":
            FRAME.to_parquet(out, index=False)
        case "arrow":
            FRAME.to_feather(out)
    return out.getvalue()


FILES: Mapping[str, bytes] = {
    "a.csv": FRAME.to_csv(index=False).encode(),
    "semicolons.csv": FRAME.to_csv(index=False, sep=";").encode("cp1252"),
    "a.tsv": FRAME.to_csv(index=False, sep="\t").encode("utf-16"),
    "a.csv.gz": gzip.compress(FRAME.to_csv(index=False).encode()),
    "clears.csv": b"Ext__c,Name\nk1,#N/A\n",
    "a.json": FRAME.to_json(orient="records").encode(),
    "records.json": json.dumps({"records": FRAME.to_dict(orient="records")}).encode(),
    "one.json": b'\xef\xbb\xbf{"Name": "Acme"}',
    "a.jsonl": LINES,
    "a.xlsx": _saved("xlsx"),
    "a.parquet": _saved("parquet"),
    "a.arrow": _saved("arrow"),
}
BROKEN: Mapping[str, bytes] = {
    "few.csv": b"a,b\n1\n",
    "open.csv": b'a,b\n1,"2\n',
    "twice.csv": b"a,a\n1,2\n",
    "cut.csv.gz": gzip.compress(b"a,b\n1,2\n" * 500)[:-12],
    "lines.jsonl": b'{"a": 1}\n{a}',
    "a.json": b"nothing",
    "a.doc": b"a,b\n",
    "a.xlsx": b"a,b\n",
}


def _send(client: Client, name: str, data: bytes, **options: str) -> requests.Response:
    query = {"name": name, **options}
    return requests.post(f"{client.url}/api/rows", params=query, data=data, timeout=10)


def _refusal(client: Client, name: str, data: bytes, **options: str) -> dict[str, Any]:
    answer = _send(client, name, data, **options)
    assert 400 <= answer.status_code < 500, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


@pytest.mark.parametrize("name", FILES)
def test_the_rows_are_those_that_the_commands_read(client: Client, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    answer = _send(client, name, FILES[name]).json()
    rows = read_all(tmp_path / name)
    assert rows
    assert (parse_test_data(answer["text"]), answer["count"]) == (rows, len(rows))


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_commands_refuse_is_refused_in_their_words(client: Client, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(UsageProblem) as refused:
        read_all(tmp_path / name)
    assert _refusal(client, name, BROKEN[name])["message"] == str(refused.value)


def test_an_uncertain_encoding_is_a_question_that_can_be_answered(client: Client) -> None:
    polish = "Nazwa;Miasto\nŁódź Żółw;Kraków\nPaweł Święty;Gdańsk\n".encode("cp1250")
    error = _refusal(client, "a.csv", polish)
    assert error["option"] == "encoding"
    assert "cp1250" in error["choices"]
    assert "--" not in error["message"]
    answer = _send(client, "a.csv", polish, encoding="cp1250").json()
    assert answer["found"] == "semicolon, cp1250, 2 columns"
    assert parse_test_data(answer["text"])[0] == {"Nazwa": "Łódź Żółw", "Miasto": "Kraków"}


def test_a_workbook_of_several_sheets_asks_which(client: Client) -> None:
    out = io.BytesIO()
    with pd.ExcelWriter(out) as book:
        FRAME.to_excel(book, sheet_name="Old", index=False)
        FRAME[:1].to_excel(book, sheet_name="New", index=False)
    error = _refusal(client, "a.xlsx", out.getvalue())
    assert (error["option"], error["choices"]) == ("sheet", ["Old", "New"])
    assert _send(client, "a.xlsx", out.getvalue(), sheet="New").json()["count"] == 1


def test_many_rows_stand_on_a_line_each(client: Client) -> None:
    answer = _send(client, "a.csv", b"a\n" + b"x\n" * 2000).json()
    assert (answer["count"], len(answer["text"].splitlines())) == (2000, 2002)


def test_a_small_file_that_holds_very_much_is_refused(client: Client) -> None:
    client.studio.host.project.largest_body = 1_000_000
    error = _refusal(client, "a.csv.gz", gzip.compress(b"a\n" + b"x" * 1_000_000))
    assert (error["code"], "more than 1 MB of rows" in error["message"]) == ("tooLarge", True)


def test_rows_that_are_nested_without_end_are_refused(client: Client) -> None:
    deep = b'[{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}]"
    assert "nested more than" in _refusal(client, "a.json", deep)["message"]
