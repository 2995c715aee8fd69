"""`descend compare`: runs side by side."""

from __future__ import annotations

import csv
import json
import math
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from descend import persist, plots, report, text

_UNCOMPARED = ("output", "record", "tune")
_PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class _Kept:
    """A run as its folder tells it."""

    name: str
    settings: dict[str, str]
    scores: dict[str, float]
    curves: dict[str, list[float]]


def run(folders: Sequence[Path], picture: Path) -> None:
    """Print a column for each run and draw their curves.

    Raises
    ------
    OSError
        A file of a run folder cannot be read, or the picture cannot be written.
    ValueError
        A folder that holds no run, or a picture of an unknown kind.
    """
    if picture.suffix not in _PICTURES:
        raise ValueError(f"--output is {picture}: name a file that ends in {', '.join(_PICTURES)}.")
    runs = [_read(folder) for folder in folders]
    width = shutil.get_terminal_size().columns
    settings = [
        name
        for name in dict.fromkeys(name for each in runs for name in each.settings)
        if len({each.settings.get(name) for each in runs}) > 1
    ]
    scores = dict.fromkeys(name for each in runs for name in each.scores)
    rows = [[name, *(each.settings.get(name, "-") for each in runs)] for name in settings]
    rows += [
        [name, *(report.written(name.split()[-1], each.scores.get(name)) for each in runs)] for name in scores
    ]
    click.echo(text.table(["", *(each.name for each in runs)], rows, width))
    figure = plots.overlaid({each.name: each.curves for each in runs})
    persist.write_whole(picture, plots.drawn(figure, picture.suffix.removeprefix(".")))
    click.echo(f"\nCurves drawn in {picture}.")


def _read(folder: Path) -> _Kept:
    try:
        settings = tomllib.loads((folder / "run.toml").read_text(encoding="utf-8"))
        scores = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        with (folder / "history.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        curves = {name: [float(row[name]) for row in rows] for name in rows[0]}
    except FileNotFoundError as error:
        raise ValueError(f"{folder} is no finished run: it lacks {Path(error.filename).name}.") from None
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{folder} is damaged: {error}.") from error
    totals = {"epochs": len(rows), "seconds": math.fsum(curves["seconds"])}
    return _Kept(str(folder), _settings(settings), totals | _scores(scores), curves)


def _settings(tree: dict[str, Any]) -> dict[str, str]:
    return {
        f"{section}.{key}": str(value)
        for section, values in tree.items()
        if section not in _UNCOMPARED
        for key, value in values.items()
    }


def _scores(tree: dict[str, Any]) -> dict[str, float]:
    return {
        f"{part} {name}": value
        for part, values in tree.items()
        if isinstance(values, dict)
        for name, value in values.items()
    }
