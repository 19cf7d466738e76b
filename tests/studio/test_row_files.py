"""Files of rows, as the command line reads and writes them."""

import io
from pathlib import Path

import pytest

from ziggy_sf_write.studio.cli.input_file import read_items
from ziggy_sf_write.studio.cli.row_files import read_rows


@pytest.mark.usefixtures("short_cells")
def test_a_cell_may_be_longer_than_python_takes_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"Ext__c,VersionData\na,{'x' * 200_000}\n")
    (row,) = read_rows(path.name, io.BytesIO(path.read_bytes()))
    assert len(row["VersionData"]) == 200_000


@pytest.mark.usefixtures("short_cells")
def test_so_may_a_cell_of_what_a_flow_is_launched_with(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(f"Ext__c,VersionData\na,{'x' * 200_000}\n")
    (item,) = read_items(str(path))
    assert len(item["VersionData"]) == 200_000
