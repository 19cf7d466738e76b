"""Flows as files: readable, and never overwritten by surprise."""

from pathlib import Path

import pytest
import yaml

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.errors import FlowError, UsageProblem
from ziggy_studio.resources import quickstart_path
from ziggy_studio.web.errors import ApiError
from ziggy_studio.web.flow_files import FlowFiles

SCREENSHOT = quickstart_path() / "flows" / "screenshot.yaml"


@pytest.fixture
def files(tmp_path: Path) -> FlowFiles:
    return FlowFiles(tmp_path)


def _document() -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = yaml.safe_load(SCREENSHOT.read_text())
    return document


def test_a_new_flow_is_saved_listed_and_opened(files: FlowFiles) -> None:
    saved = files.save("orders", _document(), version=None)
    assert files.names() == ["orders"]
    assert files.open("orders") == saved


def test_an_unchanged_flow_leaves_its_file_as_it_is(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    path = tmp_path / "flows" / "screenshot.yaml"
    path.write_text("# Kept\n" + SCREENSHOT.read_text())
    opened = files.open("screenshot")
    files.save("screenshot", opened.document, version=opened.version)
    assert path.read_text() == "# Kept\n" + SCREENSHOT.read_text()


def test_texts_stay_readable_and_positions_and_edges_take_a_line_each(files: FlowFiles, tmp_path: Path) -> None:
    files.save("orders", _document(), version=None)
    text = (tmp_path / "flows" / "orders.yaml").read_text()
    assert "      testData: |\n        [\n          {\n            Id: '001gL000002rbzaQAA'," in text
    assert "    position: {x: 470, y: 30}\n" in text
    assert "  - {id: received, source: receiver, target: write}\n" in text


def test_the_comment_at_the_head_of_a_file_survives(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    path = tmp_path / "flows" / "a.yaml"
    path.write_text("# Why this flow exists\n" + SCREENSHOT.read_text())
    opened = files.open("a")
    files.save("a", {**opened.document, "name": "Other"}, version=opened.version)
    assert path.read_text().startswith("# Why this flow exists\nname: Other\n")


BY_HAND = """\
# Why this flow exists
name: 'Nightly'   # shown in the list
blocks:
  # where the data comes from
  - id: in
    type: RECEIVER_V1
    position: {x: 1, y: 2}
  - id: write # the writer
    type: SALESFORCE_WRITE_V1
    config:
      object: Account
      # agreed with sales
      matchKey: "Ext__c"
edges:
  - {source: in, target: write} # all of it
"""


def test_what_a_person_has_written_around_a_change_stays(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    path = tmp_path / "flows" / "a.yaml"
    path.write_text(BY_HAND)
    opened = files.open("a")
    changed = yaml.safe_load(BY_HAND)
    changed["blocks"][0]["position"]["x"] = 30
    changed["blocks"][1]["config"] |= {"upsert": True, "errorNamespace": "on"}
    saved = files.save("a", changed, version=opened.version)
    added = 'matchKey: "Ext__c"\n      upsert: true\n      errorNamespace: "on"\n'
    assert path.read_text() == BY_HAND.replace("x: 1,", "x: 30,").replace('matchKey: "Ext__c"\n', added)
    assert files.open("a") == saved


def test_blocks_are_known_by_their_ids_whatever_their_place(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    path = tmp_path / "flows" / "a.yaml"
    path.write_text(BY_HAND)
    opened = files.open("a")
    changed = yaml.safe_load(BY_HAND)
    added = {"id": "out", "type": "SINKHOLE_V1", "config": {"note": "two\nlines\n"}, "position": {"x": 5, "y": 5}}
    changed["blocks"] = [changed["blocks"][1], added]
    changed["edges"] = []
    files.save("a", changed, version=opened.version)
    text = path.read_text()
    assert "# agreed with sales" in text
    assert "      note: |\n        two\n        lines\n    position: {x: 5, y: 5}\n" in text
    assert files.open("a").document == changed


def test_what_anchors_share_is_written_out_where_it_differs(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    path = tmp_path / "flows" / "a.yaml"
    shared = "- {id: in, type: RECEIVER_V1, position: &p {x: 1, y: 2}}\n  - {id: out, type: SINKHOLE_V1, position: *p}"
    path.write_text(f"# Kept\nname: A\nblocks:\n  {shared}\nedges: []\n")
    opened = files.open("a")
    changed = yaml.safe_load(path.read_text())
    changed["blocks"][1]["position"] = {"x": 9, "y": 9}
    files.save("a", changed, version=opened.version)
    assert files.open("a").document == changed
    assert path.read_text().startswith("# Kept\n")


def test_a_file_that_changed_meanwhile_is_not_overwritten(files: FlowFiles, tmp_path: Path) -> None:
    opened = files.save("a", _document(), version=None)
    path = tmp_path / "flows" / "a.yaml"
    path.write_text(path.read_text().replace("Screenshot", "By another hand"))
    with pytest.raises(ApiError, match="changed outside the editor"):
        files.save("a", {**_document(), "name": "Mine"}, version=opened.version)
    assert "By another hand" in path.read_text()
    files.save("a", {**_document(), "name": "Mine"}, version=opened.version, is_forced=True)
    assert "Mine" in path.read_text()


def test_a_new_flow_does_not_take_the_place_of_another(files: FlowFiles) -> None:
    files.save("a", _document(), version=None)
    with pytest.raises(ApiError, match="There is a flow `a` already"):
        files.save("a", {**_document(), "name": "Other"}, version=None)


def test_a_flow_whose_first_block_is_still_to_come_can_be_saved(files: FlowFiles) -> None:
    files.save("empty", {"name": "Empty", "blocks": [], "edges": []}, version=None)
    assert files.open("empty").document["blocks"] == []


def test_a_document_that_is_no_flow_is_refused_and_nothing_is_written(files: FlowFiles) -> None:
    with pytest.raises(FlowError, match="is missing"):
        files.save("a", {"name": "No blocks"}, version=None)
    assert files.names() == []


@pytest.mark.parametrize("name", ["../a", "a/b", ".hidden", "", "a" * 200, "a\nb"])
def test_a_name_cannot_lead_out_of_the_folder(files: FlowFiles, name: str) -> None:
    with pytest.raises(ApiError, match="cannot be the name"):
        files.save(name, _document(), version=None)


def test_a_flow_in_json_stays_json(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    path = tmp_path / "flows" / "a.json"
    path.write_text('{"name": "A", "blocks": [{"id": "in", "type": "RECEIVER_V1"}], "edges": []}')
    opened = files.open("a")
    files.save("a", {**opened.document, "name": "B"}, version=opened.version)
    assert path.read_text().startswith('{\n  "name": "B"')


def test_a_renamed_flow_keeps_its_content_to_the_letter(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    text = "# Kept\n" + SCREENSHOT.read_text()
    (tmp_path / "flows" / "a.yml").write_text(text)
    renamed = files.rename("a", "b", version=files.open("a").version)
    assert (renamed.name, files.names()) == ("b", ["b"])
    assert (tmp_path / "flows" / "b.yml").read_text() == text


def test_a_flow_is_not_renamed_onto_another_nor_when_it_changed_meanwhile(files: FlowFiles) -> None:
    opened = files.save("a", _document(), version=None)
    files.save("b", _document(), version=None)
    with pytest.raises(ApiError, match="There is a flow `b` already"):
        files.rename("a", "b", version=opened.version)
    with pytest.raises(ApiError, match="changed outside the editor"):
        files.rename("a", "c", version="older")
    with pytest.raises(ApiError, match="There is no flow `d`"):
        files.rename("d", "e", version="")
    assert files.names() == ["a", "b"]


def test_a_deleted_flow_is_gone_and_deleting_it_again_says_so(files: FlowFiles) -> None:
    files.save("a", _document(), version=None)
    files.delete("a")
    assert files.names() == []
    with pytest.raises(ApiError, match="There is no flow `a`"):
        files.delete("a")


def test_what_is_no_flow_file_is_not_listed(files: FlowFiles, tmp_path: Path) -> None:
    files.save("orders", _document(), version=None)
    folder = tmp_path / "flows"
    for name in ("Aufträge.yaml", "a+b.yaml", ".orders-x.yaml", "notes.txt"):
        (folder / name).write_text("name: x\n")
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / "folder.yaml").mkdir()
    assert files.names() == ["orders"]
    assert [one["name"] for one in files.list()] == ["orders"]


def test_a_folder_is_not_deleted_as_a_flow(files: FlowFiles, tmp_path: Path) -> None:
    (tmp_path / "flows" / "folder.yaml").mkdir(parents=True)
    with pytest.raises(UsageProblem, match="`folder` cannot be deleted"):
        files.delete("folder")


@pytest.mark.parametrize("broken", [b"name: [", b"# \xff\xfe\n"], ids=["no YAML", "no text"])
def test_a_file_that_cannot_be_read_is_overwritten_on_purpose_only(
    files: FlowFiles, tmp_path: Path, broken: bytes
) -> None:
    opened = files.save("a", _document(), version=None)
    (tmp_path / "flows" / "a.yaml").write_bytes(broken)
    with pytest.raises(ApiError, match="changed outside the editor"):
        files.save("a", _document(), version=opened.version)
    files.save("a", _document(), version=opened.version, is_forced=True)
    assert files.open("a").document == _document()


def test_true_in_the_place_of_one_is_a_change(files: FlowFiles) -> None:
    document = _document()
    document["blocks"][0]["config"] = {"testData": [1, 0]}
    opened = files.save("a", document, version=None)
    document["blocks"][0]["config"] = {"testData": [True, False]}
    files.save("a", document, version=opened.version)
    assert str(files.open("a").document["blocks"][0]["config"]) == "{'testData': [True, False]}"
