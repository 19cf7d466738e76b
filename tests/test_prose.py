"""The linter of the documents: what it finds, and where it does not look."""

from scripts.prose import problems


def test_a_word_of_our_list_is_named_with_its_line_and_a_better_one() -> None:
    assert problems("a.md", "# A page\n\nStop the brake.\n") == [
        "a.md:3:10: Instead of 'brake' write 'stop condition' ('nothing': leave it out)."
    ]


def test_what_proselint_knows_by_itself_is_found() -> None:
    assert [one.partition(":")[0] for one in problems("a.md", "It is the the same.\n")] == ["a.md"]


def test_code_is_not_prose() -> None:
    assert problems("a.md", "Say `brake`:\n\n```\nbrake\nbrake\n```\n\n[here](brake.md)\n") == []


def test_a_heading_may_begin_with_the_word_before_it() -> None:
    assert problems("a.md", "## init\n\nInit makes a project.\n") == []
