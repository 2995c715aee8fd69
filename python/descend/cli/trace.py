"""The command `descend trace`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--row", type=click.IntRange(1), metavar="N", help="One row of FILE, counted from 1; all if not given."
)
def command(model: Path, file: Path, row: int | None) -> None:
    """Show every matrix that rows of FILE go through in MODEL, forward and back.

    MODEL is a run folder or a model file. FILE is a CSV file with the columns that MODEL was trained on, the
    target's too. The loss is the one that belongs to MODEL's output.
    """
    from descend.cli import tracing

    tracing.run(model, file, row)
