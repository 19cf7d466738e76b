"""`ziggy-sf-write descriptor`: the block as it describes itself, to hosts and to people."""

import json

import click
from rich.console import Console
from rich.markdown import Markdown

from ziggy_sf_write.block.descriptor import write_block


@click.command()
@click.option("--json", "is_json", is_flag=True, help="JSON is what it prints anyway.")
@click.option("--guide", "is_guide", is_flag=True, help="Print the block's help for its users instead.")
def descriptor(is_json: bool, is_guide: bool) -> None:  # noqa: ARG001, FBT001 # every command takes --json
    """Print the block's descriptor as JSON, or the help that its users read behind the question mark.

    \b
    Example:
      ziggy-sf-write descriptor > salesforce-write.json
    """
    if is_guide:
        Console().print(Markdown(write_block().help))
        return
    click.echo(json.dumps(write_block().to_json(), indent=2, ensure_ascii=False))
