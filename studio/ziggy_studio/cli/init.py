"""`ziggy-sf-write init`: a project to start from."""

from pathlib import Path

import click

from ziggy_sf_write.atomic_file import atomic_file
from ziggy_studio.errors import UsageProblem

_IGNORED = ".gitignore"
_FILES = {
    "project.yaml": """\
# Settings of this project.
# A Salesforce org of this machine's own starts with each command; take the line out once you have connections.yaml.
sandbox: embedded
# Which values of connections a run uses when it does not say: DEV or PROD.
mode: DEV
# Which data of past runs is kept: none, errors or all.
history: errors
""",
    "connections.yaml": """\
# Your orgs. Remove the # and fill in; `ziggy-sf-write secrets set sfConsumerKey` keeps a secret.
# sfDev:
#   type: salesforce
#   development:
#     consumerKey: secrets.sfConsumerKey
#     consumerSecret: secrets.sfConsumerSecret
#     domain: acme--dev.sandbox.my.salesforce.com
{}
""",
    "flows/accounts.yaml": """\
name: Accounts
blocks:
  - id: receiver
    type: RECEIVER_V1
    config:
      testData: "[{Name: 'Acme', Phone: '030 1234'}, {Name: ''}]"
  - id: write
    type: SALESFORCE_WRITE_V1
    config:
      connection: sfDev
      object: Account
      matchKey: Name
      validate: true
      invalidToSecondEdge: true
      errorNamespace: accountErrors
  - id: end
    type: TERMINATOR_V1
edges:
  - { source: receiver, target: write }
  - { source: write, target: end }
""",
    "data/accounts.csv": """\
Name,Phone
Acme,030 1234
Globex,030 5678
""",
    _IGNORED: """\
.state/
secrets.yaml
""",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Make a project to start from: settings, a flow and a file of rows. What is there already is left alone.

    \b
    Example:
      ziggy-sf-write init my-project
    """
    taken = [name for name in _FILES if (folder / name).exists()]
    if set(taken) - {_IGNORED}:
        raise UsageProblem(f"{folder} has {', '.join(taken)} already. Name another folder.")
    try:
        for name, text in _FILES.items():
            if name in taken:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(path) as made:
                made.write_text(text, encoding="utf-8")
    except OSError as err:
        raise UsageProblem(f"{folder} cannot be written: {err.strerror}. Name another folder.") from err
    here = "" if folder == Path() else f"cd {folder}\n"
    click.echo(f"""{here}ziggy-sf-write run flows/accounts.yaml
ziggy-sf-write write Account data/accounts.csv --match-key Name
ziggy-sf-write studio --open""")
