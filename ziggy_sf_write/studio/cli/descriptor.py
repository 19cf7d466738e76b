"""`ziggy-sf-write descriptor`: for host authors."""

import json

import click

from ziggy_sf_write.block.descriptor import write_block


@click.command()
@click.option("--json", "is_json", is_flag=True, help="JSON is what it prints anyway.")
def descriptor(is_json: bool) -> None:  # noqa: ARG001, FBT001 # every command takes --json
    """Print the block's descriptor as JSON.

    \b
    Example:
      ziggy-sf-write descriptor > salesforce-write.json
    """
    click.echo(json.dumps(write_block().to_json(), indent=2, ensure_ascii=False))
