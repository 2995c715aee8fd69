"""`descend init`: from data to a commented run file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click

from descend.cli.preparing import prepare
from descend.config.document import commented
from descend.config.read import read
from descend.data.preprocess import Categorical, Column, LeftOut, Numeric
from descend.persist import write_whole


def run(data: str, target: str | None, output: Path | None) -> None:
    """Look at the data as training would, and write down what was found and what may be chosen.

    Raises
    ------
    OSError, ValueError
        Data or a target that cannot be used, or a file that is there already.
    """
    path = output or Path(Path(data).stem).with_suffix(".toml")
    if path.exists():
        raise FileExistsError(errno.EEXIST, "The run file is there already; name another", str(path))
    given = {"data.source": data} | ({} if target is None else {"data.target": target})
    notes: list[str] = []
    prepared = prepare(read(options=given), notes.append)
    source = Path(data)
    written = {
        "data.source": os.path.relpath(source, path.parent) if source.exists() else data,
        "data.target": prepared.target.name,
        "data.task": prepared.task,
    }
    columns = [_column(column) for column in prepared.preprocess.columns]
    write_whole(path, commented(written, {"data": notes, "preprocess": columns}).encode())
    click.echo(f"Written to {path}; train with: descend train {path}")


def _column(column: Column) -> str:
    """A column as it was found."""
    match column:
        case Numeric():
            return f"{column.name}: numeric, mean {column.mean:.4g}, standard deviation {column.scale:.4g}"
        case Categorical():
            return f"{column.name}: {len(column.categories)} categories"
        case LeftOut():
            return f"{column.name}: left out, {column.reason}"
