"""The bill of materials of a wheel: what it names, with which versions, hashes and edges."""

import hashlib
import json
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from scripts.licences import brought
from scripts.sbom import ROOT, locked, sbom, write_sbom

METADATA = """\
Metadata-Version: 2.4
Name: a-b
Version: 1.0
Author: Somebody
License-Expression: MIT
Requires-Dist: jsonschema>=4
Requires-Dist: rich>=13; extra == "more"
Requires-Dist: click; extra == "more"
Provides-Extra: more
"""


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "a_b-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as inside:
        inside.writestr("a_b-1.0.dist-info/METADATA", METADATA)
    return path


def _parts(bill: str) -> dict[str, Any]:
    return {one["name"]: one for one in json.loads(bill)["components"]}


def test_the_lock_is_read_with_every_hash() -> None:
    zeros, ones, twos = (f" \\\n    --hash=sha256:{digit * 64}" for digit in "012")
    text = f"Some_Name==1.0{zeros}{ones}\nb==2{twos}\n"
    assert locked(text) == {("some-name", "1.0"): ["0" * 64, "1" * 64], ("b", "2"): ["2" * 64]}
    whole = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert sum(map(len, locked(whole).values())) == whole.count("--hash=sha256:")
    assert len(locked(whole)) == whole.count("==")


def test_every_dependency_is_named_with_its_version_and_the_hashes_of_the_lock(wheel: Path) -> None:
    parts = _parts(sbom(wheel))
    assert set(parts) == set(brought(["jsonschema", "rich", "click"]))
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for name, part in parts.items():
        assert f"\n{name}=={part['version']} " in f"\n{lines}"
        block = lines.partition(f"{name}=={part['version']} \\\n")[2].partition("==")[0]
        assert block.count("sha256") == len(part["hashes"]) > 0
        assert all(f"sha256:{one['content']}" in block for one in part["hashes"])
        assert part["purl"] == f"pkg:pypi/{name}@{part['version']}"
        assert part["licenses"]


def test_what_only_an_extra_brings_is_optional(wheel: Path) -> None:
    parts = _parts(sbom(wheel))
    assert {name for name, one in parts.items() if one["scope"] == "optional"} == set(brought(["rich", "click"]))


def test_the_edges_tell_who_needs_what(wheel: Path) -> None:
    edges = {one["ref"].partition("@")[0]: one.get("dependsOn", []) for one in json.loads(sbom(wheel))["dependencies"]}
    named = {ref: [one.partition("@")[0].removeprefix("pkg:pypi/") for one in refs] for ref, refs in edges.items()}
    assert named["pkg:pypi/a-b"] == ["click", "jsonschema", "rich"]
    assert named["pkg:pypi/markdown-it-py"] == ["mdurl"]
    assert named["pkg:pypi/attrs"] == []


def test_the_wheel_itself_is_named_with_its_hash_and_the_bill_stands_beside_it(wheel: Path) -> None:
    path = write_sbom(wheel)
    assert path == wheel.with_name("a_b-1.0.cdx.json")
    whole = json.loads(path.read_text(encoding="utf-8"))["metadata"]["component"]
    assert (whole["name"], whole["version"], whole["licenses"]) == ("a-b", "1.0", [{"expression": "MIT"}])
    assert whole["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}]


@pytest.mark.parametrize("name", ["ziggy-sf-write", "ziggy-studio", "salesforce-sandbox"])
def test_the_lock_has_hashes_of_everything_that_the_distributions_bring_but_each_other(name: str) -> None:
    here = distribution(name)
    hashes = locked((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    everything = brought(here.requires or (), here.metadata.get_all("Provides-Extra") or ())
    without = {need.name for need in everything.values() if (need.name, need.version) not in hashes}
    assert without <= {"ziggy-sf-write", "ziggy-studio", "salesforce-sandbox"}
