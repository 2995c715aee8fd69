"""`descend predict`: from a model and a table to predictions as CSV."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import click

from descend.cli.folder import csv_bytes
from descend.cli.reading import parts_as_trained
from descend.data.preparation import Preparation
from descend.data.preprocess import Preprocess
from descend.data.tables import word
from descend.data.target import Classes, Target
from descend.network import Network
from descend.persist import load_model, write_whole
from descend.text import listed


def run(model_path: Path, table_path: Path, output: Path | None, *, probabilities: bool) -> None:
    """Write a line for each row of the table, with the columns that name the rows before the predictions.

    Raises
    ------
    OSError, ImportError
        A file cannot be read or written.
    ValueError
        A file that is no model or no table, columns that do not match, probabilities of a number, or an
        output in place of one of the two.
    """
    if model_path.is_dir():
        model_path /= "model.safetensors"
    for read in (model_path, table_path):
        if output is not None and output.exists() and read.exists() and output.samefile(read):
            raise ValueError(f"{output} is what predictions are made from: name another file with --output.")
    network, preprocess, target = load_model(model_path)
    if preprocess is None or target is None:
        raise ValueError(f"{model_path} holds no preprocessing: use it in Python, with descend.load.")
    if probabilities and not isinstance(target, Classes):
        raise ValueError(
            f"{model_path} predicts {listed(target.names)}, not one class: leave out --probabilities."
        )
    outside: defaultdict[str, Counter[str]] = defaultdict(Counter)
    lines = _lines(network, target, preprocess, table_path, outside, probabilities=probabilities)
    if output is None:
        for part in lines:
            click.echo(part, nl=False)
    else:
        write_whole(output, lines)
    for name, words in outside.items():
        click.echo(f"descend: {_said_of(name, words)}", err=True)


def _said_of(name: str, words: Counter[str]) -> str:
    most = [f"{repr(word) if word else 'missing'} {count:,}" for word, count in words.most_common()]
    rows = "1 row holds" if words.total() == 1 else f"{words.total():,} rows hold"
    return (
        f"column {name!r}: {rows} none of the categories it had in training "
        f"({listed(most, 5)}); they are predicted as of no category there."
    )


def _lines(
    network: Network,
    target: Target,
    preprocess: Preparation,
    path: Path,
    outside: defaultdict[str, Counter[str]],
    *,
    probabilities: bool,
) -> Iterator[bytes]:
    """The header, and the lines of one part of the file after the other; adds to what is `outside`."""
    for number, (inputs, identifiers, _) in enumerate(parts_as_trained(path, preprocess, target.names)):
        if isinstance(preprocess, Preprocess):
            for name, words in preprocess.outside(inputs).items():
                outside[name].update(words)
        outputs = network.predict(preprocess.transform(inputs))
        columns = {
            name: [word(value) for value in identifiers[name].to_pylist()]
            for name in identifiers.column_names
        }
        columns |= {name: [str(value) for value in values] for name, values in target.decode(outputs).items()}
        if probabilities and isinstance(target, Classes):
            for name, column in zip(target.classes, target.probabilities(outputs).T, strict=True):
                columns[f"probability of {name}"] = [f"{value:.6g}" for value in column]
        yield csv_bytes(columns, header=number == 0)
