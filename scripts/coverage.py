"""Adds up the lines and branches that the tests have reached, and says which they have not.

    python -m scripts.coverage 95
    python -m scripts.coverage 100 ziggy_sf_write/run ziggy_sf_write/validation

Exits with 1 where less than so many percent were reached, of all sources or of these folders.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import slipcover

ROOT = Path(__file__).parents[1]
SOURCES = [str(ROOT / name) for name in ("ziggy_sf_write", "studio/ziggy_studio", "sandbox/salesforce_sandbox")]
FOLDER = ROOT / ".coverage"  # a file from each worker


def main(arguments: Sequence[str]) -> int:
    """Prints what is missing and the share; 1 where that is too little."""
    least, folders = float(arguments[0]), tuple(f"{name}/" for name in arguments[1:])
    files = {name: reached for name, reached in _merged(FOLDER).items() if not folders or name.startswith(folders)}
    hit, missed = _count(files, "executed"), _count(files, "missing")
    share = 100 * hit / (hit + missed) if hit else 0
    if share < least:
        print("\n".join(_told(files)))
    print(f"{share:.2f} % of {hit + missed} lines and branches in {len(files)} files; at least {least:g} %")
    return int(share < least)


def _merged(folder: Path) -> Mapping[str, Any]:
    whole, *others = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    for one in others:
        slipcover.merge_coverage(whole, one)
    files: dict[str, dict[str, Any]] = whole["files"]
    for one in files.values():
        # A way to lines that are left out, such as a case that cannot be, is left out too; 0 is the end.
        lines = {0, *one["executed_lines"], *one["missing_lines"]}
        one["missing_branches"] = [branch for branch in one["missing_branches"] if branch[1] in lines]
    return files


def _count(files: Mapping[str, Any], which: str) -> int:
    return sum(len(one[f"{which}_lines"]) + len(one[f"{which}_branches"]) for one in files.values())


def _told(files: Mapping[str, Any]) -> Iterator[str]:
    for name, one in sorted(files.items()):
        if one["missing_lines"] or one["missing_branches"]:
            branches = [f"{start}->{end or 'exit'}" for start, end in one["missing_branches"]]
            yield f"{name}: {', '.join([*map(str, one['missing_lines']), *branches])}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
