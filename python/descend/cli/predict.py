"""`descend predict`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Where to write; the standard output if not given.",
)
@click.option("--probabilities", is_flag=True, help="Write the probability of every class, too.")
def command(model: Path, file: Path, output: Path | None, probabilities: bool) -> None:
    """Predict, with MODEL, the target of each row of FILE.

    MODEL is a run folder or a model file. FILE is a CSV file with the columns that MODEL was trained on; the
    target's may be absent. The predictions are written as CSV.
    """
    from descend.cli import predicting

    predicting.run(model, file, output, probabilities=probabilities)
