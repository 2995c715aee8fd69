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

    MODEL is a run folder or a model file. FILE holds examples like those that MODEL was trained on, in any
    form that descend train reads, and their targets. The loss is the one that belongs to MODEL's output.
    """
    from descend.cli import tracing

    tracing.run(model, file, row)
