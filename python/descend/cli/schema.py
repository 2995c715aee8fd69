"""`descend schema`."""

from __future__ import annotations

import click


@click.command
def command() -> None:
    """Print the JSON schema of run files, for editors."""
    from descend.config.schema import schema

    click.echo(schema(), nl=False)
