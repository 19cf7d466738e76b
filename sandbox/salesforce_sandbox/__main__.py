"""`python -m salesforce_sandbox`: the commands, where scripts are not on the path."""

from salesforce_sandbox.cli import main

main()
