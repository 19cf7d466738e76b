"""Three distributions, one version: what their metadata and their folders must have in common."""

import tomllib
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
import yaml

from ziggy_sf_write import __version__

ROOT = Path(__file__).parents[2]
FOLDERS = {"ziggy-sf-write": ROOT, "ziggy-studio": ROOT / "studio", "salesforce-sandbox": ROOT / "sandbox"}
COMMANDS = {
    "ziggy-sf-write": set(),
    "ziggy-studio": {"ziggy-sf-write"},
    "salesforce-sandbox": {"salesforce-sandbox"},
}


def test_all_three_and_the_manifest_have_the_version_of_the_one_place() -> None:
    manifest = yaml.safe_load((ROOT / "plugin.yaml").read_text(encoding="utf-8"))
    assert {version(name) for name in FOLDERS} == {manifest["version"]} == {__version__}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_version_is_read_from_that_place(name: str) -> None:
    folder = FOLDERS[name]
    told = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    place = folder / told["tool"]["hatch"]["version"]["path"]
    assert place.resolve() == ROOT / "ziggy_sf_write" / "__init__.py"


@pytest.mark.parametrize("name", FOLDERS)
def test_each_brings_the_commands_that_are_its_own(name: str) -> None:
    own = {entry.name for entry in distribution(name).entry_points if entry.group == "console_scripts"}
    assert own == COMMANDS[name]


@pytest.mark.parametrize("name", FOLDERS)
def test_each_has_the_licence_and_a_readme_that_says_how_to_install_it(name: str) -> None:
    folder = FOLDERS[name]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert f"pip install {name}" in (folder / "README.md").read_text(encoding="utf-8")
