"""`descend init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command
@click.argument("data")
@click.option(
    "--target", metavar="COLUMN", help="What to predict: a column's name, or its index (-1 is the last)."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The run file to write; DATA's name with .toml if not given.",
)
def command(data: str, target: str | None, output: Path | None) -> None:
    """Write a run file for DATA, each key with what it means and its default."""
    from descend.cli import starting

    starting.run(data, target, output)
