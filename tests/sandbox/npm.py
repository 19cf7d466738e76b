"""Clients from npm, installed once into the repository's .setup folder and kept between runs."""

import subprocess
from pathlib import Path

CLIENTS = Path(__file__).parents[2] / ".setup" / "clients"


def installed(name: str, *packages: str, probe: str) -> Path:
    """The node_modules folder that holds the packages; probe is a folder in it that says they are there."""
    folder = CLIENTS / name
    if not (folder / "node_modules" / probe).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"name": "clients", "private": true}\n')
        subprocess.run(
            ["npm", "install", "--no-save", "--no-audit", "--no-fund", *packages],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=600,
        )
    return folder / "node_modules"
