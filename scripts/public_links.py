"""A copy of the sources that names the repository's public address, as what is uploaded to PyPI has to."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

PRODUCTS = (".", "studio", "sandbox")
# `[text](path)` and `![text](path)`; what names a scheme, or a place of the same page, leads somewhere already.
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)]+)\)")


def with_public_links(root: Path, folder: Path, url: str, *, tag: str) -> Path:
    """Copies what git knows of a checkout, and lets the READMEs and pyproject.toml of all products point to `url`.

    Links lead to the files of this tag, as GitHub, GitLab and Gitea address them.

    Args:
        root: a checkout.
        folder: an empty folder, which is given back.
        url: such as `https://host/owner/name`.
        tag: such as `v0.1.0`.

    Raises:
        ValueError: the address is none.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.netloc or not parts.path.strip("/"):
        raise ValueError(f"{url}: expected the repository's address, such as https://host/owner/name")
    base = url.rstrip("/")
    for name in _tracked(root):
        goal = folder / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, goal)
    for product in PRODUCTS:
        readme, project = folder / product / "README.md", folder / product / "pyproject.toml"
        readme.write_text(absolute(readme.read_text("utf-8"), base, tag=tag, folder=product), "utf-8")
        project.write_text(_with_urls(project.read_text("utf-8"), base, tag=tag), "utf-8")
    return folder


def absolute(markdown: str, base: str, *, tag: str, folder: str = ".") -> str:
    """The text with links that do not depend on where it is read; images are addressed as the files that they are."""
    below = "" if folder == "." else f"{folder}/"

    def lead(link: re.Match[str]) -> str:
        kind = "raw" if link[1] else "blob"
        return f"{link[1]}[{link[2]}]({base}/{kind}/{tag}/{below}{link[3]})"

    return _LINK.sub(lead, markdown)


def _with_urls(project: str, base: str, *, tag: str) -> str:
    urls = {
        "Homepage": base,
        "Documentation": f"{base}/tree/{tag}/docs",
        "Changelog": f"{base}/blob/{tag}/CHANGELOG.md",
        "Issues": f"{base}/issues",
    }
    table = "\n".join(["[project.urls]", *(f'{name} = "{url}"' for name, url in urls.items())])
    before, heading, after = project.partition("[project.optional-dependencies]")
    return f"{before}{table}\n\n{heading}{after}"


def _tracked(root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (root / name).is_file()]
