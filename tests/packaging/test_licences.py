"""The licences of what the three distributions bring along."""

from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from scripts.licences import PRODUCTS, Need, brought, by_extra, licence, table, wanted


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([("License-Expression", "apache-2.0 or bsd-3-clause")], "Apache-2.0 OR BSD-3-Clause"),
        ([("License-Expression", "GPL-3.0-only"), ("Classifier", "License :: OSI Approved :: MIT License")], None),
        ([("License", "MIT")], "MIT"),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        ([("License", "Copyright\nall of it"), ("Classifier", "License :: OSI Approved :: BSD License")], "BSD"),
        ([("License", "My own")], None),
        ([("Classifier", "License :: OSI Approved")], None),
        (
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: Apache Software License"),
            ],
            "Apache-2.0 AND MIT",
        ),
        (
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: GNU General Public License (GPL)"),
            ],
            None,
        ),
        ([], None),
    ],
)
def test_a_licence_is_read_from_each_of_the_three_fields(
    tmp_path: Path, fields: list[tuple[str, str]], told: str | None
) -> None:
    lines = ["Name: a", *(f"{name}: {value.replace(chr(10), chr(10) + ' ' * 8)}" for name, value in fields)]
    (tmp_path / "METADATA").write_text("\n".join(lines))
    assert licence(Distribution.at(tmp_path).metadata) == told


def test_only_what_holds_here_is_wanted_and_extras_only_when_asked() -> None:
    requires = ["a>=1", "b; python_version < '3'", "c; extra == 'more'"]
    assert [one.name for one in wanted(requires)] == ["a"]
    assert [one.name for one in wanted(requires, ["more"])] == ["a", "c"]


def test_what_a_dependency_needs_comes_along_with_its_extras() -> None:
    found = brought(["psycopg[binary]", "rich"])
    assert {"psycopg-binary", "markdown-it-py", "mdurl"} <= set(found)
    assert found["markdown-it-py"].needs == {"mdurl"}
    assert "psycopg-binary" not in brought(["psycopg"])


def test_a_dependency_that_is_not_installed_is_named_with_the_cure() -> None:
    with pytest.raises(SystemExit, match=r"no-such-thing is not installed. Run `make setup`."):
        brought(["no-such-thing"])


def test_each_distribution_has_what_it_brings_and_nothing_of_the_others() -> None:
    parts = {name: dict(by_extra(distribution(name).metadata)) for name in PRODUCTS}
    assert "requests" in parts["ziggy-sf-write"][""]
    assert {"dask", "tornado"} <= set(parts["ziggy-sf-write"]["cluster"])
    assert not {"dask", "starlette", "ziggy-sf-write", "pytest"} & set(parts["ziggy-sf-write"][""])
    assert {"ziggy-sf-write", "salesforce-sandbox", "starlette"} <= set(parts["ziggy-studio"][""])
    assert set(parts["ziggy-studio"]["postgresql"]) == {"psycopg", "psycopg-binary"}
    assert not {"requests", "simple-salesforce"} & set(parts["salesforce-sandbox"][""])


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_licence_of_every_dependency_has_been_looked_at(name: str) -> None:
    needs = [need for _, part in by_extra(distribution(name).metadata) for need in part.values()]
    assert needs
    assert [need.name for need in needs if need.licence is None] == []


def test_a_table_has_a_row_for_each_dependency_and_says_what_it_comes_with() -> None:
    parts = [("", {"a": Need("a", "1", "MIT", frozenset())}), ("more", {"b": Need("b", "2", None, frozenset())})]
    assert list(table("mine", parts))[4:] == ["| a | 1 | MIT | always |", "| b | 2 | UNKNOWN | extra `more` |", ""]
