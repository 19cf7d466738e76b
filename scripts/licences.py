"""Lists what each of the three distributions brings along, with its licence: `make licences` runs it.

All of it is read from the metadata of what is installed. A licence that nobody has looked at ends it with 1.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from typing import NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PRODUCTS = ("ziggy-sf-write", "ziggy-studio", "salesforce-sandbox")
# The licences that have been looked at, by their SPDX identifiers; BSD is what some say without a number of clauses.
SEEN = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LGPL-3.0-only", "MIT", "MIT-0"),
    *("MPL-2.0", "PSF-2.0", "Zlib"),
}
# What metadata says in its own words.
SAYINGS = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}


class Need(NamedTuple):
    """A distribution that another one brings along."""

    name: str
    version: str
    licence: str | None
    needs: frozenset[str]


def licence(metadata: PackageMetadata) -> str | None:
    """The licence that metadata tells, as an SPDX expression where it can be; None where nobody can say."""
    if expression := metadata.get("License-Expression"):
        return _expression(expression)
    # The older field may hold a word, an expression or a whole text.
    if found := _expression(metadata.get("License") or ""):
        return found
    classes = [one for one in metadata.get_all("Classifier") or () if one.startswith("License :: ")]
    # Classifiers do not say whether one may choose, so the reader is told the stricter of both.
    found_all = [_expression(one.rpartition(" :: ")[2]) for one in classes]
    known = sorted({one for one in found_all if one})
    return " AND ".join(known) if known and None not in found_all else None


def _expression(told: str) -> str | None:
    saying = SAYINGS.get(told.strip().lower())
    if saying:
        return saying
    try:
        expression = canonicalize_license_expression(told.strip())
    except InvalidLicenseExpression:
        return None
    words = set(re.findall(r"[\w.+-]+", expression)) - {"AND", "OR"}
    return expression if words <= SEEN else None


def wanted(requires: Iterable[str], extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """The requirements that hold here: on this Python and system, with these extras."""
    for one in map(Requirement, requires):
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


def brought(requires: Iterable[str], extras: Iterable[str] = ()) -> dict[str, Need]:
    """Everything that these requirements bring along, by name: what they name, what that needs, and so on."""
    found: dict[str, Need] = {}
    todo = list(wanted(requires, extras))
    walked: set[tuple[str, frozenset[str]]] = set()
    while todo:
        one = todo.pop()
        name, its_extras = canonicalize_name(one.name), frozenset(one.extras)
        if (name, its_extras) in walked:
            continue
        walked.add((name, its_extras))
        need = _installed(name, its_extras)
        # With an extra it may be named twice.
        found[name] = need._replace(needs=need.needs | found[name].needs) if name in found else need
        todo += wanted(distribution(name).requires or (), its_extras)
    return dict(sorted(found.items()))


def _installed(name: str, extras: frozenset[str]) -> Need:
    try:
        here = distribution(name)
    except PackageNotFoundError as err:
        raise SystemExit(f"{name} is not installed. Run `make setup`.") from err
    needs = frozenset(canonicalize_name(one.name) for one in wanted(here.requires or (), extras))
    return Need(name, here.version, licence(here.metadata), needs)


def by_extra(metadata: PackageMetadata) -> Iterator[tuple[str, dict[str, Need]]]:
    """What a distribution always brings along, under "", and what each extra adds to it."""
    requires = metadata.get_all("Requires-Dist") or []
    always = brought(requires)
    yield "", always
    for extra in metadata.get_all("Provides-Extra") or ():
        more = brought(requires, [extra])
        yield extra, {name: need for name, need in more.items() if name not in {*always, metadata["Name"]}}


def table(product: str, parts: Iterable[tuple[str, Mapping[str, Need]]]) -> Iterator[str]:
    """The lines of a distribution's table."""
    yield f"## {product}"
    yield ""
    yield "| dependency | version | licence | comes with |"
    yield "|---|---|---|---|"
    for extra, needs in parts:
        for need in needs.values():
            comes = f"extra `{extra}`" if extra else "always"
            yield f"| {need.name} | {need.version} | {need.licence or 'UNKNOWN'} | {comes} |"
    yield ""


def main() -> int:
    """Prints three tables; 1 where a licence is unknown."""
    unknown = set()
    for product in PRODUCTS:
        parts = list(by_extra(distribution(product).metadata))
        print("\n".join(table(product, parts)))
        unknown |= {need.name for _, needs in parts for need in needs.values() if need.licence is None}
    if unknown:
        print(f"FAIL  nobody has looked at the licence of {', '.join(sorted(unknown))}", file=sys.stderr)
    return int(bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
