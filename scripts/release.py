"""Builds the three wheels with their bills of materials, and checks them as their users will meet them.

`make release URL=https://host/owner/name` runs it. With the repository's public address the wheels have it under their
URLs, and the links of their READMEs lead there, since PyPI shows no relative ones.

It uploads and tags nothing; at its end it says what is left to a human.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from scripts.public_links import with_public_links
from scripts.sbom import write_sbom
from ziggy_sf_write import __version__

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
# What a user calls first, in an environment that holds this product and what it needs.
PRODUCTS = {
    "ziggy-sf-write": (".", ("python", "-c", "import ziggy_sf_write.plugin as p; print(p.__name__)")),
    "ziggy-studio": ("studio", ("ziggy-sf-write", "--version")),
    "salesforce-sandbox": ("sandbox", ("salesforce-sandbox", "--version")),
}


def main() -> int:
    """Builds, checks, and tells; 1 where a check fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="the repository's public address")
    url = parser.parse_args().url
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            tree = with_public_links(ROOT, Path(folder), url, tag=f"v{__version__}") if url else ROOT
        except ValueError as err:
            parser.error(str(err))
        for name, (place, _) in PRODUCTS.items():
            _run(f"build {name}", sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST, tree / place)
    built = sorted(DIST.iterdir())
    _run("twine check", sys.executable, "-m", "twine", "check", "--strict", *built)
    bills = [write_sbom(wheel) for wheel in DIST.glob("*.whl")]
    print(f"ok    {len(bills)} bills of materials")
    strange = [one.name for one in built if f"-{__version__}" not in one.name]
    if strange:
        sys.exit(f"FAIL  not of version {__version__}: {', '.join(strange)}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, command) in PRODUCTS.items():
            _try(name, command, Path(folder) / name)
    print("\n".join(["", *(one.name for one in sorted([*built, *bills])), "", *_what_is_left(url)]))
    return 0


def _try(name: str, command: tuple[str, ...], folder: Path) -> None:
    (wheel,) = DIST.glob(f"{name.replace('-', '_')}-*.whl")
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pins = folder / "pins.txt"
    locked = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins.write_text("\n".join(line.split()[0] for line in locked if "==" in line), encoding="utf-8")
    pip = (scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(f"install {name}", *pip, "--constraint", pins, "--find-links", DIST, wheel)
    said = _run(" ".join(command[:2]), scripts / command[0], *command[1:], cwd=folder)
    if command[-1] == "--version" and __version__ not in said:
        sys.exit(f"FAIL  {command[0]} says {said.strip()!r} and not {__version__}")


def _run(what: str, *command: object, cwd: Path = ROOT) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}FAIL  {what}")
    print(f"ok    {what}")
    return done.stdout


def _what_is_left(url: str) -> list[str]:
    left = []
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(__version__)}\b", changes, re.MULTILINE):
        left.append(f"Give the changes under `Unreleased` in CHANGELOG.md the heading `## {__version__} (DATE)`.")
    if not url:
        left.append("Build once more with the repository's public address: `make release URL=https://host/owner/name`.")
    left += [
        "Run `make test`, `make test-slow`, and `salesforce-sandbox conformance --org` against a sandbox org of yours.",
        f"Commit, tag it `v{__version__}`, push both.",
        "Upload all three at once, as the studio needs the others: `python -m twine upload dist/*.whl dist/*.tar.gz`.",
        "Afterwards raise the version, in `ziggy_sf_write/__init__.py` and in `plugin.yaml`.",
    ]
    return ["What a human must still do:", *(f"{number}. {one}" for number, one in enumerate(left, 1))]


if __name__ == "__main__":
    sys.exit(main())
