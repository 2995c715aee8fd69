"""`descend train`."""

from __future__ import annotations

from typing import Any

import click

from descend.cli.run_options import RunCommand, configuration


@click.command(cls=RunCommand, sections=("data", "preprocess", "network", "train", "output"))
def command(data: str, **given: Any) -> int:
    """Train a network on DATA: a file, a folder, a built-in set by name, or a run file.

    The built-in sets are digits, breast_cancer, wine, iris (classes), diabetes and houses (numbers). A run
    file is TOML and ends in .toml; every option here is a key there, and wins over it.
    """
    from descend.cli import training

    return training.run(configuration(data, given))
