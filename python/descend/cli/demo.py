"""The command `descend demo`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", required=False)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The pictures, for the demos that bring none.",
)
@click.option(
    "--image",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A picture of yours, to be classified by a classifier of cats.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PNG",
    help="Where to draw; NAME.png in this folder if not given.",
)
@click.pass_context
def command(
    ctx: click.Context, name: str | None, data: Path | None, image: Path | None, output: Path | None
) -> None:
    """Show a lesson or a model of the course; without NAME, list them all."""
    from descend.cli import demonstrating
    from descend.course.demos import DEMOS

    if name is not None:
        return demonstrating.run(name, data, image, output)
    formatter = ctx.make_formatter()
    formatter.write_dl([(each, demo.sentence) for each, demo in DEMOS.items()])
    return click.echo(formatter.getvalue(), nl=False)
