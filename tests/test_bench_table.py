"""The table of docs/performance.md, which the benchmarks write."""

from scripts.bench import BEGIN, END, HEAD, PAGE, figures_of, with_figures

WHEN = "2026-12-01, 2 cores, Python 3.11.7"


def test_a_figure_is_read_from_the_line_that_a_benchmark_prints() -> None:
    printed = (
        "# a title\n  1,000 items 3 s\nmet    an item: 2.1 times (bar: at most 3)\nMISSED a run: a: 1 s (bar: 0.5 s)\n"
    )
    met, missed = figures_of("calls", printed, WHEN)
    assert met == ("calls", "an item", "2.1 times", "at most 3", WHEN)
    assert missed == ("calls", "a run", "**a: 1 s: missed**", "0.5 s", WHEN)


def test_new_figures_take_the_place_of_those_of_the_same_script() -> None:
    old = with_figures(f"before\n{BEGIN}{HEAD}{END}after\n", figures_of("b", "met    x: 1 (bar: 2)", WHEN))
    page = with_figures(old, figures_of("a", "met    y: 3 (bar: 4)", WHEN))
    assert page == (
        f"before\n{BEGIN}{HEAD}| `a.py` | y | 3 | 4 | {WHEN} |\n| `b.py` | x | 1 | 2 | {WHEN} |\n{END}after\n"
    )
    again = with_figures(page, figures_of("b", "MISSED x: 9 (bar: 2)", WHEN))
    assert again == page.replace("| x | 1 | 2 |", "| x | **9: missed** | 2 |")


def test_the_page_is_left_as_it_is_by_no_figures() -> None:
    page = PAGE.read_text("utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert with_figures(page, []) == page
