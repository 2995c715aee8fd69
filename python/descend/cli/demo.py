"""`descend demo`: the course's lessons and models, in words and as a picture."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", required=False)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PNG",
    help="Where to draw; NAME.png in this folder if not given.",
)
@click.pass_context
def command(ctx: click.Context, name: str | None, output: Path | None) -> None:
    """Show a lesson or a model of the course; without NAME, list them all."""
    from descend import checks, persist
    from descend.course.demos import DEMOS

    if name is None:
        formatter = ctx.make_formatter()
        formatter.write_dl([(each, DEMOS[each].sentence) for each in DEMOS])
        click.echo(formatter.getvalue(), nl=False)
        return
    checks.known_name("demo", name, DEMOS)
    result = DEMOS[name].run()
    click.echo(str(result))
    path = output or Path(f"{name}.png")
    persist.write_whole(path, result.png())
    click.echo(f"\nThe picture is in {path}.")
