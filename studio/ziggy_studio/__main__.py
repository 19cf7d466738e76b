"""`python -m ziggy_studio`: the commands, where scripts are not on the path."""

from ziggy_studio.cli import main

main()
