"""`descend train`: from data to a trained network, what came of it, and a run folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from descend import persist, report
from descend.callbacks import EarlyStopping
from descend.cli import building, crossing, fitting, judging
from descend.cli.ending import INTERRUPTED, WRONG
from descend.cli.folder import HistoryFiles, RunFolder, check_new, csv_bytes, next_folder
from descend.cli.interrupts import Interrupts
from descend.cli.places import files, located
from descend.cli.preparing import Say, prepare, read, silent
from descend.cli.record import differences, record
from descend.config import RunConfig
from descend.config.document import resolved
from descend.data.prepare import Prepared
from descend.gradient_norms import GradientNorms
from descend.history import History
from descend.network import Network
from descend.persist import Model
from descend.tensorboard import TensorBoard

_EXIT_CODES = {"interrupted": INTERRUPTED, "diverged": WRONG}


def run(config: RunConfig) -> int:
    """Train a network, say how good it is and fill the run folder; the exit code.

    Raises
    ------
    OSError, ValueError
        An option, a file or a table that cannot be used; nothing has been written.
    DivergedError
        The cost of the first epoch was not finite.
    """
    if config.output.folder is not None:
        check_new(Path(config.output.folder))
    say: Say = silent if config.output.quiet else click.echo
    data = read(config, say)
    prepared = prepare(config, data, say)
    path = Path(config.output.folder) if config.output.folder else next_folder(prepared.name)
    config = _as_run(config, prepared, _record(config))
    network = fitting.network(config, prepared)
    folds = crossing.cross_validate(config, data, say)
    say(f"\n{network.summary(_width())}\n")

    with RunFolder.made(path) as folder:
        folder.write("run.toml", resolved(config))
        if folds:
            folder.write("folds.csv", csv_bytes(folds))
        try:
            with Interrupts() as interrupts:
                history, norms = _learn(config, prepared, network, folder, interrupts, say)
                model = Model(network, prepared.preprocess, prepared.target)
                folder.write("model.safetensors", persist.to_bytes(model))
                folder.keep()
            _judge(config, prepared, model, history, norms, crossing.summary(folds), folder, say)
        except KeyboardInterrupt:
            if not folder.kept:
                raise
            say(f"\nInterrupted: {path} keeps the model, and lacks what would have come after it.")
            return INTERRUPTED
    say(f"\nWritten to {path}: {', '.join(sorted(each.name for each in path.iterdir()))}.")
    return _EXIT_CODES.get(history.outcome, 0)


def _learn(
    config: RunConfig,
    prepared: Prepared,
    network: Network,
    folder: RunFolder,
    interrupts: Interrupts,
    say: Say,
) -> tuple[History, GradientNorms]:
    """Train, writing the history as it grows."""
    stopping = EarlyStopping(patience=config.train.patience)
    X, y, _ = fitting.arrays(network, config, prepared, "train")
    norms = GradientNorms(X, y, config.train.loss)
    callbacks = [interrupts, norms, HistoryFiles(folder.path, norms), stopping]
    if config.output.tensorboard:
        callbacks.append(TensorBoard(folder.path / "tensorboard", norms))
    history = fitting.fit(config, prepared, network, callbacks, progress=not config.output.quiet)
    epochs = len(history.cost)
    if history.outcome == "interrupted":
        say(f"Interrupted in epoch {epochs + 1}: the weights learned so far are kept.")
    elif history.outcome != "diverged":
        say(f"Trained {epochs} epochs; the weights are those of epoch {stopping.best_epoch}, the best.")
    return history, norms


def _judge(
    config: RunConfig,
    prepared: Prepared,
    model: Model,
    history: History,
    norms: GradientNorms,
    of_folds: report.Scores,
    folder: RunFolder,
    say: Say,
) -> None:
    """Say how good the network is, and write that, the drawings and the report."""
    from descend import plots  # Matplotlib takes half a second to import: after training, not before.

    judged = {
        name: judging.judge(model.network, prepared.target, part) for name, part in prepared.parts.items()
    }
    scores = {name: judging.mean_scores(judgements) for name, judgements in judged.items()} | dict(of_folds)
    folder.write("metrics.json", json.dumps({"task": prepared.task, **scores}, indent=2) + "\n")
    say(f"\n{report.metrics_table(scores, _width())}")
    part, judgements = list(judged.items())[-1]
    only = judgements[0] if len(judgements) == 1 and judgements[0].classes else None
    if only is not None:
        say(f"\n{report.confusion_table(only.confusion, only.classes, part, _width())}")
    drawing = plots.training(history, only.confusion, only.classes) if only else plots.training(history)
    folder.write("curves.png", plots.png(drawing))
    if config.output.report:
        from descend.cli.reporting import Report

        page = Report(config, prepared, model.network, history, norms, judged, scores).html(str(folder.path))
        folder.write("report.html", page)


def _record(config: RunConfig) -> dict[str, str]:
    """What the run is made with; where that differs from what a run to be repeated was made with, say so."""
    now = record(files(config.data))
    if differing := differences(config.record, now):
        click.echo(f"descend: the bits may differ from those of the run: {'; '.join(differing)}.", err=True)
    return now


def _as_run(config: RunConfig, prepared: Prepared, made_with: dict[str, str]) -> RunConfig:
    """The configuration with all that was found out, to be run again from anywhere."""
    names = prepared.target.names
    target = config.data.target and (names if len(names) > 1 else names[0])
    data = config.data.model_copy(update={"target": target, "task": prepared.task})
    data = located(data, Path.cwd())
    train = config.train.model_copy(update={"learning_rate": building.optimizer(config.train).learning_rate})
    output = config.output.model_copy(update={"folder": None})
    return config.model_copy(update={"data": data, "train": train, "output": output, "record": made_with})


def _width() -> int:
    return shutil.get_terminal_size().columns
