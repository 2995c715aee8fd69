"""`descend tune`: a search for settings with the least validation cost."""

from __future__ import annotations

import math
import os
import shlex
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descend import persist
from descend.callbacks import Callback, EarlyStopping, Run
from descend.cli import fitting
from descend.cli.ending import INTERRUPTED
from descend.cli.folder import check_new, csv_bytes
from descend.cli.places import located
from descend.cli.preparing import Say, prepare, read, silent
from descend.config import RunConfig
from descend.config.document import resolved
from descend.config.output import OutputConfig
from descend.config.tune import TuneConfig
from descend.data.prepare import Prepared
from descend.errors import DivergedError

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import BaseTrial

_STUDY = "study.db"
_SAME_FOR_ALL = "settings"
_VALIDATION = 0.1


def run(config: RunConfig, trials: int, jobs: int | None) -> int:
    """Go on with the search in the folder, or begin it, until it has so many trials; the exit code.

    Raises
    ------
    ImportError
        Optuna is not installed.
    OSError, ValueError
        Data or settings that cannot be used, or a folder that holds the search of other settings.
    """
    if config.data.validation == 0 and config.data.split != "column":
        raise ValueError("data.validation is 0, and tuning judges by the validation part: give it a share.")
    folder = Path(config.output.folder or f"runs/{Path(config.data.source).stem}-tune")
    if not (folder / _STUDY).exists():
        check_new(folder)
    say: Say = silent if config.output.quiet else click.echo
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    jobs = min(jobs or cores, trials)
    data = located(config.data, Path.cwd())
    if data.validation is None and data.split != "column":
        data = data.model_copy(update={"validation": _VALIDATION})
    train = config.train.model_copy(update={"threads": max(1, cores // jobs)})
    config = config.model_copy(update={"data": data, "train": train, "output": OutputConfig()})
    prepare(config, read(config, say), say)  # What is wrong with the data is said before there is a folder.
    study = _study(config, folder)
    say(f"{jobs} at a time, on {cores} cores.\n")
    try:
        _search(study, config, trials, jobs, say)
    except KeyboardInterrupt:
        say(f"\nInterrupted: the same command goes on, with what {folder} keeps.")
        return INTERRUPTED
    except BrokenProcessPool:
        raise MemoryError from None
    finally:
        _write(study, config, folder)
    say(f"\nThe best of {trials} trials: train with descend train {shlex.quote(str(folder / 'best.toml'))}")
    return 0


def _study(config: RunConfig, folder: Path) -> Study:
    """The search that the folder keeps, or a new one."""
    try:
        import optuna
    except ImportError:
        raise ImportError("descend tune needs Optuna: pip install 'descend[tune]'.") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with persist.naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / _STUDY}", study_name="descend", load_if_exists=True
    )
    told = resolved(_on_all_cores(config))
    if study.user_attrs.setdefault(_SAME_FOR_ALL, told) != told:
        raise ValueError(f"{folder} holds the search of other settings or data: name another with --output.")
    study.set_user_attr(_SAME_FOR_ALL, told)
    for trial in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # It was cut off.
    study.sampler = optuna.samplers.TPESampler(seed=config.train.seed + len(study.trials), constant_liar=True)
    return study


def _search(study: Study, config: RunConfig, trials: int, jobs: int, say: Say) -> None:
    from optuna.trial import TrialState

    running: dict[Future[float], Trial] = {}
    done = len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]))
    processes = get_context("spawn")
    stop = processes.Event()
    pool = ProcessPoolExecutor(jobs, processes, _begin, (config, stop))
    try:
        while done < trials:
            with _uninterrupted():
                while len(running) < min(jobs, trials - done):
                    trial = study.ask()
                    running[pool.submit(_cost, applied(config, suggested(trial, config.tune)))] = trial
            for finished in wait(running, return_when=FIRST_COMPLETED).done:
                trial, cost = running.pop(finished), finished.result()
                study.tell(trial, cost if math.isfinite(cost) else _GREATEST)
                done += 1
                settings = ", ".join(f"{name} {_word(value)}" for name, value in trial.params.items())
                say(f"{done}/{trials}: val_cost {cost:.5g}, best {study.best_value:.5g}: {settings}")
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def suggested(trial: BaseTrial, ranges: TuneConfig) -> dict[str, Any]:
    """A value from each range, as Optuna chooses."""
    layers = trial.suggest_int("layers", *ranges.layers)
    return {
        "learning_rate": trial.suggest_float("learning_rate", *ranges.learning_rate, log=True),
        "hidden": tuple(
            trial.suggest_int(f"units_{l}", *ranges.units, log=True) for l in range(1, layers + 1)
        ),
        "activation": trial.suggest_categorical("activation", ranges.activation),
        "batch_size": trial.suggest_int("batch_size", *ranges.batch_size, log=True),
        "l2": trial.suggest_float("l2", *ranges.l2, log=True),
        "dropout": trial.suggest_float("dropout", *ranges.dropout),
    }


def applied(config: RunConfig, settings: Mapping[str, Any]) -> RunConfig:
    """The configuration with these settings of its network and its training."""
    sections = {
        name: section.model_copy(
            update={key: value for key, value in settings.items() if key in type(section).model_fields}
        )
        for name, section in (("network", config.network), ("train", config.train))
    }
    return config.model_copy(update=sections)


def _write(study: Study, config: RunConfig, folder: Path) -> None:
    """All trials as a table, and the best as a run file."""
    from optuna.trial import FixedTrial, TrialState

    trials = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    if not trials:
        return
    names = dict.fromkeys(name for trial in trials for name in trial.params)
    columns: dict[str, list[object]] = {
        "trial": [trial.number for trial in trials],
        "val_cost": [trial.value for trial in trials],
        **{name: [trial.params.get(name, "") for trial in trials] for name in names},
    }
    persist.write_whole(folder / "trials.csv", csv_bytes(columns))
    best = _on_all_cores(applied(config, suggested(FixedTrial(study.best_params), config.tune)))
    persist.write_whole(folder / "best.toml", resolved(best).encode())


def _on_all_cores(config: RunConfig) -> RunConfig:
    return config.model_copy(update={"train": config.train.model_copy(update={"threads": None})})


# In the processes that train

_GREATEST = 1e30
_prepared: Prepared
_stop: _Stop


class _Stop(Callback):
    """Ends a training when the search ends."""

    def __init__(self, asked: Event) -> None:
        self._asked = asked

    def on_epoch_end(self, run: Run) -> None:
        run.stop = run.stop or self._asked.is_set()


def _begin(config: RunConfig, stop: Event) -> None:
    """Prepare the data once for all trials of this process."""
    global _prepared, _stop
    _prepared = prepare(config, read(config, silent), silent)
    _stop = _Stop(stop)


def _cost(config: RunConfig) -> float:
    """The least validation cost of a training with these settings; NaN if there is none."""
    network = fitting.network(config, _prepared)
    try:
        history = fitting.fit(config, _prepared, network, [EarlyStopping(config.train.patience), _stop])
    except DivergedError:
        return math.nan
    return min(history.metrics["val_cost"], default=math.nan)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits; processes that start here take no notice of it: they stop when they are told to."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _word(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
