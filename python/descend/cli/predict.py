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

    MODEL is a run folder or a model file. FILE holds examples like those that MODEL was trained on, in any
    form that descend train reads; their targets may be absent. The predictions are written as CSV.
    """
    from descend.cli import predicting

    predicting.run(model, file, output, probabilities=probabilities)
