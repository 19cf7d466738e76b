"""What the studio's build adds: the quickstart project, and the other two products at the studio's own version."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SAME_VERSION = ("ziggy-sf-write", "salesforce-sandbox")
_IN_WHEEL = "ziggy_studio/_resources/quickstart"
_IN_SDIST = "quickstart"


class StudioBuildHook(BuildHookInterface):
    """Finds the quickstart project among the examples of a checkout, or where the sdist has put it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds files and requirements; an editable install reads the project where it is."""
        if self.target_name == "wheel":
            build_data["dependencies"] += [f"{name}=={self.metadata.version}" for name in _SAME_VERSION]
        if version != "editable":
            goal = _IN_WHEEL if self.target_name == "wheel" else _IN_SDIST
            build_data["force_include"] |= {str(path): f"{goal}/{name}" for path, name in self._quickstart()}

    def _quickstart(self) -> Iterator[tuple[Path, str]]:
        root = Path(self.root)
        unpacked = root / _IN_SDIST
        folder = unpacked if unpacked.is_dir() else root.parent / "examples" / "quickstart"
        for path in folder.rglob("*"):
            # What a studio that was tried out there has left behind is nobody else's.
            if path.is_file() and ".state" not in path.parts:
                yield path, path.relative_to(folder).as_posix()
