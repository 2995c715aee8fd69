"""`python -m descend.cli` is the command `descend`."""

from descend.cli import main

main()
