"""Writes the options of every command in docs/command-line.md from the commands themselves."""

from collections.abc import Iterator
from pathlib import Path

import click

from ziggy_studio.cli import cli

PAGE = Path(__file__).parents[1] / "docs" / "command-line.md"
BEGIN, END = "<!-- commands: made from the program -->\n", "<!-- end of commands -->\n"


def commands() -> str:
    """A section for each command: what it does, how it is called, its options."""
    lines: list[str] = []
    with click.Context(cli, info_name="ziggy-sf-write") as top:
        for name in cli.list_commands(top):
            command = cli.get_command(top, name)
            if command is not None:
                lines += _section(command, click.Context(command, info_name=name, parent=top))
    return "\n".join([*lines, ""])


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"### {context.command_path.removeprefix('ziggy-sf-write ')}"
    yield ""
    yield _first_paragraph(command.help or "")
    yield ""
    yield f"`{' '.join([context.command_path, *command.collect_usage_pieces(context)])}`"
    yield ""
    options = [one.get_help_record(context) for one in command.get_params(context)]
    shown = [one for one in options if one is not None and one[1] and "--help" not in one[0]]
    if shown:
        yield "| option | meaning |"
        yield "|---|---|"
        for option, meaning in shown:
            yield f"| `{_cell(option)}` | {_cell(meaning)} |"
        yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _section(inner, click.Context(inner, info_name=name, parent=context))


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(text: str) -> str:
    """The page with its sections made anew."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + commands() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE.name} written")
