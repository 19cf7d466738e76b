"""What is wrong with what a person gave the studio: a file, a folder, a flow, a command."""

from collections.abc import Sequence

from ziggy_sf_write.contract import HostError, Problem


class UsageProblem(HostError):
    """Something has to be corrected before anything can run; commands end with exit code 2."""


class FlowError(UsageProblem):
    """A flow that cannot run; `problems` lists everything that is wrong with it."""

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{where}: {problem.message}" for problem in problems))
