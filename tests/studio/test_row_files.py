"""Files of rows, as the command line reads and writes them."""

import errno
import io
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from tests.support.streams import stream
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import WholeWindows, read_all
from ziggy_studio.rows.json_rows import json_lines
from ziggy_studio.rows.source import named_errors


@pytest.mark.usefixtures("short_cells")
def test_a_cell_may_be_longer_than_python_takes_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"Ext__c,VersionData\na,{'x' * 200_000}\n")
    (row,) = read_all(path)
    assert len(row["VersionData"]) == 200_000


def test_what_a_flow_is_launched_with_has_no_column_twice_either(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("Name,Name\na,b\n")
    with pytest.raises(UsageProblem, match=r"items\.csv line 1: the header has the column `Name` twice\. Rename"):
        read_all(str(tmp_path / "items.csv"))


def _rows(text: str, *, size: int) -> WholeWindows:
    file = io.BytesIO(text.encode())
    return WholeWindows(json_lines("rows.jsonl", file), size=size, file=file, total=len(text))


def test_of_a_window_with_a_row_that_cannot_be_read_nothing_is_sent(org: Sandbox) -> None:
    rows = _rows("".join(f'{{"Ext__c": "{key}", "Name": "x"}}\n' for key in "abc") + "{broken", size=2)
    assert stream(rows, context_for(org), window=2).outcomes == ["written"] * 2
    assert len(org.records("Account")) == 2
    assert "line 4: this is not JSON" in str(rows.problem)
    assert list(rows.remaining()) == [{"Ext__c": "c", "Name": "x"}]


def test_among_the_first_rows_one_that_cannot_be_read_is_said_before_any_is_handed_on() -> None:
    with pytest.raises(UsageProblem, match="line 2: this is not JSON"):
        _rows("{}\n{broken", size=2)


def test_what_is_left_after_a_stop_comes_to_its_very_end() -> None:
    rows = _rows("".join(f'{{"n": {number}}}\n' for number in range(7)), size=2)
    assert [next(rows), next(rows), next(rows)] == [{"n": 0}, {"n": 1}, {"n": 2}]
    rows.stop()
    assert list(rows) == []
    assert [row["n"] for row in rows.remaining()] == [3, 4, 5, 6]


def test_a_file_that_breaks_off_is_named() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(errno.EIO, "Input/output error")

    with (
        pytest.raises(UsageProblem, match=r"rows.csv cannot be read any further: Input/output error\."),
        named_errors("rows.csv"),
    ):
        list(json_lines("rows.csv", io.BufferedReader(Broken())))


@pytest.mark.usefixtures("short_cells")
def test_so_may_a_cell_of_what_a_flow_is_launched_with(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(f"Ext__c,VersionData\na,{'x' * 200_000}\n")
    (item,) = read_all(str(path))
    assert len(item["VersionData"]) == 200_000


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('Ext__c,Name\nk1,"Acme\nk2,B\n')
    with pytest.raises(UsageProblem, match=r"rows\.csv line 2: this is not CSV .*unexpected end"):
        read_all(str(tmp_path / "rows.csv"))


class TestWhatAFlowIsLaunchedWith:
    @pytest.mark.parametrize(
        ("name", "data", "items"),
        [
            (
                "A.CSV",
                b'\xef\xbb\xbfName,Phone\r\n"a\r\nb",\r\nx,\r\n',
                [{"Name": "a\r\nb", "Phone": ""}, {"Name": "x", "Phone": ""}],
            ),
            ("a.tsv", b"Name\tPhone\na,b\t1\n", [{"Name": "a,b", "Phone": "1"}]),
            ("a.jsonl", '{"Name": "a\u2028b"}\n'.encode(), [{"Name": "a\u2028b"}]),
            ("a.json", b'{"Name": "x"}', [{"Name": "x"}]),
            ("a.json", b'\xef\xbb\xbf [{"Name": "x"}]', [{"Name": "x"}]),
        ],
        ids=["a spreadsheet's CSV", "tabs", "a line separator in a text", "a single object", "a byte-order mark"],
    )
    def test_is_read_as_write_reads_it(self, tmp_path: Path, name: str, data: bytes, items: object) -> None:
        (tmp_path / name).write_bytes(data)
        assert read_all(str(tmp_path / name)) == items

    @pytest.mark.parametrize("text", ['[{"a": NaN}]', '[{"a": ' + "9" * 6_000 + "}]", "5", ""])
    def test_is_refused_in_one_line_where_it_is_none(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(UsageProblem, match=r"a\.json: this is not a JSON array") as caught:
            read_all(str(tmp_path / "a.json"))
        assert "\n" not in str(caught.value)

    def test_is_said_to_be_missing_where_it_is(self, tmp_path: Path) -> None:
        with pytest.raises(UsageProblem, match=r"cannot be read: .*Check the path"):
            read_all(tmp_path / "gone.json")
        with pytest.raises(UsageProblem, match="is a folder without the files of an export"):
            read_all(tmp_path)
