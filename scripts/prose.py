"""Reads the documents with proselint and our own list of words: `make lint` runs it. Code in them is left out."""

import re
import sys
from pathlib import Path

from proselint.checks import __register__ as its_checks
from proselint.config import DEFAULT, Config
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check
from proselint.registry.checks.types import PreferredForms
from proselint.tools import LintFile

ROOT = Path(__file__).parents[1]
PAGES = ("*.md", "docs/**/*.md", "ziggy_sf_write/**/*.md", "studio/*.md", "sandbox/*.md", "bridges/*/*.md")

# Left: what makes a reader stop. Right: the word of the field, or the shorter one.
WORDS = {
    # Names that nobody would search for; docs/reference/glossary.md has the ones that we use.
    "brake": "stop condition",
    "crew": "worker state",
    "desk": "run context",
    "keeper": "error namespace",
    "misfit": "configuration conflict",
    "misfits": "configuration conflicts",
    "overtaken": "superseded",
    "pulse": "heartbeat",
    # Sayings, where a plain statement is understood at once.
    "is salesforce's to give": "is granted by Salesforce",
    "are salesforce's to give": "are granted by Salesforce",
    "the last word": "the newest value",
    "let calls in": "answered calls",
    "as it were": "nothing",
    # Long for short.
    "in order to": "to",
    "utilise": "use",
    "leverage": "use",
    "prior to": "before",
    "a number of": "some",
    "due to the fact that": "because",
    "at this point in time": "now",
    r"e\.g": "for example",
    r"i\.e": "that is",
    # What is easy or obvious to the writer.
    "simply": "nothing",
    "easily": "nothing",
    "obviously": "nothing",
    "of course": "nothing",
    "please": "nothing",
    # Today's names.
    "connected app": "external client app",
}
OURS = Check(
    check_type=PreferredForms(items=WORDS),
    path="ours.words",
    message="Instead of '{1}' write '{0}' ('nothing': leave it out).",
)
# Straight quotes are Markdown's and code's; Spring, Summer and Winter are Salesforce's names of releases.
NOT_FOR_US = {"typography.symbols": False, "misc.capitalization.seasons": False}
CONFIG = Config(max_errors=DEFAULT["max_errors"], checks={**NOT_FOR_US, **DEFAULT["checks"], "ours": True})
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`|\]\([^)\s]+\)|<!--.*?-->|\A---\n.*?\n---\n", re.DOTALL | re.MULTILINE)


def prose(text: str) -> str:
    """The page without its code and addresses, each line where it was; a paragraph's end is no space between words."""
    bare = _CODE.sub(lambda found: re.sub(r"[^\n]", "·", found[0]), text)
    return re.sub(r"(?<=\w)\n(?=\n)", "·\n", bare)


def problems(page: str, text: str) -> list[str]:
    """What is wrong with a page, a line each."""
    found = LintFile(page, prose(text)).lint(CONFIG)
    return [f"{page}:{one.pos[0]}:{one.pos[1]}: {one.check_result.message}" for one in found]


def main() -> int:
    """Lints every page; 1 where something is wrong."""
    pages = sorted({path for pattern in PAGES for path in ROOT.glob(pattern) if "node_modules" not in path.parts})
    found = [one for page in pages for one in problems(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8"))]
    sys.stderr.writelines(f"{one}\n" for one in found)
    return 1 if found else 0


CheckRegistry().register_many((*its_checks, OURS))
if __name__ == "__main__":
    sys.exit(main())
