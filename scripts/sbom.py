"""Writes a bill of materials (CycloneDX 1.6) beside each wheel: `make release` calls it.

It names what the wheel always brings along (scope `required`), what its extras add (`optional`), and the packages that
are built into the page, with their versions, licences and the hashes of the locks.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from scripts.licences import Need, brought, licence, wanted

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)
_BUILT_IN = re.compile(r"^(?:(@[\w.-]+)/)?([\w.-]+) (\d\S*) \(([^)\n]+)\)$", re.MULTILINE)
_LIST = "ziggy_studio/static/THIRD_PARTY_LICENSES.txt"


def write_sbom(wheel: Path) -> Path:
    """Writes the bill of a wheel beside it."""
    name, version = wheel.name.split("-")[:2]
    path = wheel.with_name(f"{name}-{version}.cdx.json")
    path.write_text(sbom(wheel) + "\n", encoding="utf-8")
    return path


def sbom(wheel: Path) -> str:
    """The bill of materials of a wheel, as JSON."""
    told = _distribution(wheel)
    requires, extras = told.requires or [], told.metadata.get_all("Provides-Extra") or []
    always, everything = brought(requires), brought(requires, extras)
    name = canonicalize_name(told.metadata["Name"])
    whole = _component(Need(name, told.version, licence(told.metadata), frozenset()), hashes_of_wheels([wheel]))
    whole.supplier = OrganizationalEntity(name=told.metadata["Author"])
    hashes = locked((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    hashes |= hashes_of_wheels(wheel.parent.glob("*.whl"))
    parts = {need.name: _component(need, hashes) for need in everything.values() if need.name != name}
    for part in parts.values():
        part.scope = ComponentScope.REQUIRED if part.name in always else ComponentScope.OPTIONAL
    built_in = list(_built_in(wheel))

    bom = Bom(components=[*parts.values(), *built_in])
    bom.metadata.component = whole
    known = {name: whole, **parts}
    direct = {canonicalize_name(one.name) for one in wanted(requires, extras)} - {name}
    bom.register_dependency(whole, [*(parts[one] for one in sorted(direct)), *built_in])
    for one, part in parts.items():
        bom.register_dependency(part, [known[needed] for needed in sorted(everything[one].needs)])
    return JsonV1Dot6(bom).output_as_string(indent=2)


def locked(text: str) -> dict[tuple[str, str], list[str]]:
    """The hashes (SHA-256) that constraints.txt has for each name and version, one for each file of a release."""
    return {
        (canonicalize_name(name), version): re.findall(r"[0-9a-f]{64}", hashes)
        for name, version, hashes in _PIN.findall(text)
    }


def hashes_of_wheels(wheels: Iterable[Path]) -> dict[tuple[str, str], list[str]]:
    """The same for wheels that no lock can know, because they were built just now."""
    found: dict[tuple[str, str], list[str]] = {}
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        found[canonicalize_name(name), version] = [hashlib.sha256(wheel.read_bytes()).hexdigest()]
    return found


def _distribution(wheel: Path) -> Distribution:
    name, version = wheel.name.split("-")[:2]
    return PathDistribution(zipfile.Path(wheel, f"{name}-{version}.dist-info/"))


def _component(need: Need, hashes: dict[tuple[str, str], list[str]]) -> Component:
    purl = PackageURL("pypi", name=need.name, version=need.version)
    return Component(
        type=ComponentType.LIBRARY,
        name=need.name,
        version=need.version,
        purl=purl,
        bom_ref=str(purl),
        licenses=[_licence(need.licence)] if need.licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes.get((need.name, need.version), ())],
    )


def _licence(told: str) -> LicenseExpression | DisjunctiveLicense:
    try:
        return LicenseExpression(canonicalize_license_expression(told))
    except InvalidLicenseExpression:
        return DisjunctiveLicense(name=told)


def _built_in(wheel: Path) -> Iterator[Component]:
    """The packages from npm that the page is built of, as the studio's wheel lists them."""
    with zipfile.ZipFile(wheel) as inside:
        if _LIST not in inside.namelist():
            return
        listed = inside.read(_LIST).decode()
    packages = json.loads((ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    lock = {(path.rpartition("node_modules/")[2], one.get("version")): one for path, one in packages.items()}
    for scope, name, version, told in _BUILT_IN.findall(listed):
        purl = PackageURL("npm", namespace=scope or None, name=name, version=version)
        digest = lock[f"{scope}/{name}" if scope else name, version]["integrity"].removeprefix("sha512-")
        yield Component(
            type=ComponentType.LIBRARY,
            group=scope or None,
            name=name,
            version=version,
            purl=purl,
            bom_ref=str(purl),
            scope=ComponentScope.REQUIRED,
            licenses=[_licence(told)],
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
        )
