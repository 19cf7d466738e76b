"""The documents: links lead somewhere, code runs, every code of the block is explained."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("ziggy_sf_write/**/*.md")])
_LINK = re.compile(r"\[[^\]]+\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
_CODE = re.compile(r"""code="([a-z_]+)"|_failed\(\s*"([a-z_]+)"|_stopped\(\s*"([a-z_]+)\"""")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_sandbox_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = _PYTHON.findall((ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8"))
    exec(compile(example, "docs/sandbox.md", "exec"), {})  # noqa: S102 # our own page
    assert "Acme" in capsys.readouterr().out


@pytest.mark.parametrize("example", _PYTHON.findall((ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")))
def test_the_examples_of_embedding_run(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    exec(compile(example, "docs/embedding.md", "exec"), names)  # noqa: S102 # our own page
    if "blocks" in names:
        assert capsys.readouterr().out == "('Written', 'Not written')\n"


def test_every_code_of_a_run_is_explained() -> None:
    used = {
        code
        for path in (ROOT / "ziggy_sf_write" / "run").glob("*.py")
        for found in _CODE.findall(path.read_text(encoding="utf-8"))
        for code in found
        if code
    }
    page = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8")
    assert len(used) >= 10
    assert [code for code in sorted(used) if f"| `{code}` |" not in page] == []
