"""`descend tune`."""

from __future__ import annotations

from typing import Any

import click

from descend.cli.run_options import RunCommand, configuration


@click.command(cls=RunCommand, sections=("data", "preprocess", "network", "train", "output", "tune"))
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=50,
    metavar="N",
    help="How many trainings, earlier ones included.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="How many at a time, each in a process with its share of the cores; one for each core if not given.",
)
def command(data: str, trials: int, jobs: int | None, **given: Any) -> int:
    """Search for better settings on DATA: what train takes, best a run file.

    What is searched, and how far, is the run file's section tune. The search is kept in its folder,
    runs/DATA-tune if --output names no other: the same command goes on where it was stopped.
    """
    from descend.cli import tuning

    return tuning.run(configuration(data, given), trials, jobs)
