"""The command line: an index of commands. What one needs beyond its options is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

import descend
from descend.cli.ending import exit_code
from descend.cli.group import Group

COMMANDS = {
    "train": "descend.cli.train",
    "predict": "descend.cli.predict",
    "init": "descend.cli.init",
    "compare": "descend.cli.compare",
    "tune": "descend.cli.tune",
    "schema": "descend.cli.schema",
    "demo": "descend.cli.demo",
    "trace": "descend.cli.trace",
}
"""Where each command is: a module with a click command that is called `command`."""

_EXAMPLES = """\b
Examples:
  descend train digits
  descend train prices.csv --target price
  descend predict runs/prices-1 more.csv
"""


@click.group(
    cls=Group,
    modules=COMMANDS,
    epilog=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(descend.__version__, prog_name="descend")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Train dense neural networks on the CPU, and use them."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command; what goes wrong is one sentence on standard error, and exit code 2."""
    sys.exit(exit_code(lambda: command.main(arguments, prog_name="descend", standalone_mode=False)))
