"""``python -m opsloop``: the command line."""

from opsloop.cli import main

main()
