"""What is uploaded names the repository's public address, and no link of it depends on where it is read."""

import re
import tomllib
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from scripts.public_links import PRODUCTS, absolute, with_public_links

ROOT = Path(__file__).parents[2]
URL = "https://example.com/owner/name"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("[a](docs/a.md#b)", f"[a]({URL}/blob/v1/docs/a.md#b)"),
        ("![p](docs/p.png)", f"![p]({URL}/raw/v1/docs/p.png)"),
        ("[s](https://x.org/y) [m](mailto:a@b.c) [h](#here)", "[s](https://x.org/y) [m](mailto:a@b.c) [h](#here)"),
        ("call `f(x)` and [no link] (alone)", "call `f(x)` and [no link] (alone)"),
    ],
)
def test_a_link_leads_to_the_file_of_the_tag(given: str, expected: str) -> None:
    assert absolute(given, URL, tag="v1") == expected


def test_a_link_of_a_product_in_a_folder_leads_below_it() -> None:
    assert absolute("[a](b.md)", URL, tag="v1", folder="studio") == f"[a]({URL}/blob/v1/studio/b.md)"


def test_each_product_names_the_address_and_its_readme_leads_there(tmp_path: Path) -> None:
    tree = with_public_links(ROOT, tmp_path, f"{URL}/", tag="v1")
    for product in PRODUCTS:
        core = ProjectMetadata(str(tree / product), PluginManager()).core
        assert core.urls["Homepage"] == URL
        assert core.urls["Changelog"] == f"{URL}/blob/v1/CHANGELOG.md"
        linked = re.findall(r"\]\(([^)]+)\)", core.readme)
        assert all(link.startswith(("https://", "#")) for link in linked), linked
        paths = [link.removeprefix(f"{URL}/").split("/", 2)[2].partition("#")[0] for link in linked if URL in link]
        assert all((ROOT / path).exists() for path in paths), paths
    main = (tree / "README.md").read_text("utf-8")
    assert f"]({URL}/raw/v1/docs/images/editor-light.png)" in main
    # Nothing else has changed: what is built is what was tested.
    given = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    made = tomllib.loads((tree / "pyproject.toml").read_text("utf-8"))
    del made["project"]["urls"]
    assert made == given


@pytest.mark.parametrize("address", ["example.com/owner/name", "http://example.com/a/b", "https://example.com"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="expected the repository's address"):
        with_public_links(ROOT, tmp_path, address, tag="v1")
