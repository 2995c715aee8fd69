"""`descend compare`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("comparison.png"),
    metavar="PICTURE",
    help="Where to draw the curves: a .png, .svg or .pdf file.",
)
def command(runs: tuple[Path, ...], output: Path) -> None:
    """Tabulate RUNS, folders of runs: what they were told, what came of it; and overlay their curves."""
    from descend.cli import comparing

    comparing.run(runs, output)
