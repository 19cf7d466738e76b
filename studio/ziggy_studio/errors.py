"""What is wrong with what a person gave the studio: a file, a folder, a flow, a command."""

from collections.abc import Mapping, Sequence

from ziggy_sf_write.contract import HostError, Problem


class UsageProblem(HostError):
    """Something has to be corrected before anything can run; commands end with exit code 2."""


class Undecided(UsageProblem):
    """Something that a person has to decide: what `option` is, of which `choices` are likely. The message ends with the
    command line's `cure`; a page offers the choices in its place, after `what`.
    """

    def __init__(self, what: str, cure: str, *, option: str, choices: Sequence[str]) -> None:
        super().__init__(f"{what} {cure}")
        self.what = what
        self.option = option
        self.choices = list(choices)


class StoppedBySignal(HostError):
    """A command was stopped before it had written anything; it ends with `exit_code`, 128 and the signal's number."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__(f"Stopped by {name} before the end. Nothing was written.")
        self.exit_code = exit_code


class FlowError(UsageProblem):
    """A flow, or another file of a project, that cannot be used; `problems` lists everything that is wrong with it.

    `lines` maps JSON pointers to the lines, from 1, on which they begin in the file, as far as they are known.
    """

    def __init__(self, where: str, problems: Sequence[Problem], *, lines: Mapping[str, int] | None = None) -> None:
        self.problems = tuple(problems)
        known = lines or {}
        super().__init__("\n".join(f"{where}{_line(problem.path, known)}: {problem.message}" for problem in problems))


def _line(pointer: str, lines: Mapping[str, int]) -> str:
    """` line N` of the innermost thing on the pointer's way that stands in the file."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return f" line {lines[pointer]}" if pointer in lines else ""
