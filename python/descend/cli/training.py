"""`descend train`: from a table to a trained network, what came of it, and a run folder."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from descend import checks, losses, optimizers, report
from descend.callbacks import EarlyStopping
from descend.cli import judging
from descend.cli.folder import run_files, write_folder
from descend.cli.options import Options
from descend.cli.preparing import Part, Prepared, Say, prepare
from descend.data.target import Classes, Target
from descend.errors import DivergedError
from descend.history import History
from descend.network import Dense, Network
from descend.optimizers import Optimizer
from descend.persist import Model
from descend.training import train

_EXIT_CODES = {"interrupted": 130, "diverged": 2}


def run(options: Options) -> int:
    """Train a network, say how good it is and write the run folder; the exit code.

    Raises
    ------
    OSError, ValueError
        An option, a file or a table that cannot be used; nothing has been written.
    DivergedError
        The cost of the first epoch was not finite.
    """
    hidden = [Dense(units, options.activation, dropout=options.dropout) for units in options.hidden]
    loss = checks.known_name("loss", options.loss, ("auto", *losses.NAMES))
    optimizer = optimizers.resolve(options.optimizer)
    if options.learning_rate is not None:
        optimizer.learning_rate = options.learning_rate
    if options.output is not None:
        _check_new(options.output)
    say: Say = (lambda sentence: None) if options.quiet else click.echo
    width = shutil.get_terminal_size().columns

    prepared = prepare(options, say)
    target, parts = prepared.target, prepared.parts
    layers = [*hidden, _output(target, loss)]
    network = Network(parts["train"].X.shape[1], layers, seed=options.seed)
    say(f"\n{network.summary(width)}\n")
    history = _train(network, optimizer, loss, prepared, options, say)

    scores = {name: judging.scores(network, target, part) for name, part in parts.items()}
    say(f"\n{report.metrics_table(scores, width)}")
    confusion: NDArray[np.integer[Any]] | None = None
    classes: tuple[str, ...] = ()
    if isinstance(target, Classes):
        judge = list(parts)[-1]
        confusion, classes = judging.confusion(network, target, parts[judge]), target.classes
        say(f"\n{report.confusion_table(confusion, classes, judge, width)}")
    model = Model(network, prepared.preprocess, target)
    files = run_files(model, history, prepared.task, scores, confusion, classes)
    folder = options.output or _next_folder(prepared.name)
    write_folder(folder, files)
    say(f"\nWritten to {folder}: {', '.join(files)}.")
    return _EXIT_CODES.get(history.outcome, 0)


def _train(
    network: Network, optimizer: Optimizer, loss: str, prepared: Prepared, options: Options, say: Say
) -> History:
    """The record of the training, of an interrupted one too, and of one that diverged after a good epoch."""
    parts = {name: _arrays(network, loss, prepared.target, part) for name, part in prepared.parts.items()}
    metric = "r2" if prepared.task == "regression" else "accuracy"
    recorded = [] if metric == "accuracy" and loss == "squared_error" else [metric]
    stopping = EarlyStopping(patience=options.patience)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The outcome says that training was interrupted.
            history = train(
                network,
                *parts["train"],
                loss=loss,
                optimizer=optimizer,
                epochs=options.epochs,
                batch_size=options.batch_size,
                validation=parts.get("validation"),
                l2=options.l2,
                metrics=recorded,
                callbacks=[stopping],
                seed=options.seed,
                n_threads=options.threads,
                progress=not options.quiet,
            )
    except DivergedError as error:
        if error.history is None or not error.history.cost:
            raise
        click.echo(f"descend: {error}", err=True)
        return error.history
    epochs = len(history.cost)
    if history.outcome == "interrupted":
        say(f"Interrupted in epoch {epochs + 1}: the weights learned so far are kept.")
    else:
        say(f"Trained {epochs} epochs; the weights are those of epoch {stopping.best_epoch}, the best.")
    return history


def _arrays(network: Network, loss: str, target: Target, part: Part) -> tuple[NDArray[Any], NDArray[Any]]:
    """X (m, n[0]) and y as the loss takes it: numbers, class numbers, or for squared_error one-hot rows."""
    y = target.encode(part.values)
    one_hot = loss == "squared_error" and network.n_outputs > 1
    return part.X, np.eye(network.n_outputs)[y] if one_hot else y


def _output(target: Target, loss: str) -> Dense:
    """The output layer: one unit for a number or for two classes, else one for each class."""
    if not isinstance(target, Classes):
        return Dense(1, "exp" if loss == "poisson" else "linear")
    if len(target.classes) == 2 and loss != "cross_entropy":
        return Dense(1, "sigmoid")
    return Dense(len(target.classes), "softmax")


def _check_new(folder: Path) -> None:
    """Raise now what would be raised after training: the folder is there and not empty, or cannot be made."""
    if folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(
            errno.EEXIST, "The run folder is there already and not empty; name another", str(folder)
        )
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not (place.is_dir() and os.access(place, os.W_OK)):
        raise PermissionError(errno.EACCES, "The run folder cannot be made", str(folder))


def _next_folder(name: str) -> Path:
    """`runs/NAME-1`, or the first number that is free."""
    return next(folder for n in itertools.count(1) if not (folder := Path("runs", f"{name}-{n}")).exists())
