"""Every citation in the code, such as `Salesforce API 3.2` or `section 3.2`, leads to a heading of docs/reference."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("ziggy_sf_write", "studio", "sandbox", "tests", "benchmarks", "bridges")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) if path != Path(__file__)]
_HEADING = re.compile(r"^##+ (\d+(?:\.\d+)*)\.? ", re.MULTILINE)
_NUMBER = r"\d+(?:\.\d+)*"
_CITATION = re.compile(
    r"(?P<book>Salesforce API|block specification|spec, section|sections?) "
    rf"(?P<numbers>{_NUMBER}(?:(?:,| and| to) {_NUMBER})*)",
    re.IGNORECASE,
)
_PAGES = {"block specification": "block.md", "spec, section": "block.md"}


def _headings(page: str) -> set[str]:
    return set(_HEADING.findall((ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")))


HEADINGS = {page: _headings(page) for page in ("block.md", "salesforce-api.md")}


def _citations(text: str) -> list[tuple[str, str]]:
    """Pages and the numbers that are cited of them. A citation may go on in the next line of its comment."""
    joined = re.sub(r"\s*\n\s*(?:# )?", " ", text)
    return [
        (_PAGES.get(found["book"].lower(), "salesforce-api.md"), number)
        for found in _CITATION.finditer(joined)
        for number in re.findall(_NUMBER, found["numbers"])
    ]


CITED = {
    str(path.relative_to(ROOT)): cited for path in FILES if (cited := _citations(path.read_text(encoding="utf-8")))
}


@pytest.mark.parametrize("file", CITED)
def test_every_citation_leads_to_a_heading(file: str) -> None:
    assert [f"{page} {number}" for page, number in CITED[file] if number not in HEADINGS[page]] == []


def test_citations_are_found_in_each_of_their_forms() -> None:
    text = "(Salesforce API 3.2, 5.5) (sections 7.4 and 7.5)\n(spec, section 6) (block specification 4) section\n# 9"
    assert _citations(text) == [
        *(("salesforce-api.md", number) for number in ("3.2", "5.5", "7.4", "7.5")),
        ("block.md", "6"),
        ("block.md", "4"),
        ("salesforce-api.md", "9"),
    ]


def test_the_code_cites_the_reference_at_all() -> None:
    assert sum(len(cited) for cited in CITED.values()) > 100


def test_a_number_heads_one_section_only() -> None:
    for page in HEADINGS:
        numbers = _HEADING.findall((ROOT / "docs" / "reference" / page).read_text(encoding="utf-8"))
        assert sorted(numbers) == sorted(set(numbers)), page


def test_the_glossary_is_in_alphabetical_order() -> None:
    page = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
    terms = [term.lower() for term in re.findall(r"^\| \*\*(.+?)\*\*", page, re.MULTILINE)]
    assert len(terms) >= 20
    assert terms == sorted(terms)


def test_decisions_are_numbered_without_gaps_and_dated() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for number, page in enumerate(pages, start=1):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. "), page.name
        for part in ("\nDate: 20", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"):
            assert part in text, f"{page.name} lacks {part.strip()}"
