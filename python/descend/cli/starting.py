"""`descend init`: from data to a commented run file."""

from __future__ import annotations

import errno
import os
import shlex
from pathlib import Path

import click

from descend.cli import preparing
from descend.config.document import commented
from descend.config.read import read
from descend.data.preprocess import Preprocess
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
    config = read(options=given)
    prepared = preparing.prepare(config, preparing.read(config, notes.append), notes.append)
    source = Path(data)
    written = {
        "data.source": os.path.relpath(source, path.parent) if source.exists() else data,
        "data.target": target and prepared.target.names[0],
        "data.task": prepared.task,
    }
    found = prepared.preprocess.columns if isinstance(prepared.preprocess, Preprocess) else ()
    columns = [f"{column.name}: {', '.join(filter(None, column.described))}" for column in found]
    write_whole(path, commented(written, {"data": notes, "preprocess": columns}).encode())
    click.echo(f"Written to {path}; train with: descend train {shlex.quote(str(path))}")
