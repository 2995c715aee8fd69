"""The search for settings: it goes on where it was stopped, and what it finds can be trained again."""

import csv
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Finished, process
from descend.cli import tuning
from descend.config.read import read
from descend.config.tune import TuneConfig

pytest.importorskip("optuna", reason="Optuna is not installed")

Run = Callable[..., Finished]
FEW = (
    "tune",
    "iris",
    "--epochs",
    6,
    "--set",
    "tune.units=[4, 8]",
    "--set",
    "tune.layers=[1, 2]",
    "--jobs",
    2,
)


def trials(folder: str = "runs/iris-tune") -> list[dict[str, str]]:
    with Path(folder, "trials.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_search_goes_on_and_its_best_is_found_again(run: Run) -> None:
    first = run(*FEW, "--trials", 3)
    assert (first.code, first.err) == (0, "")
    assert len(trials()) == 3
    second = run(*FEW, "--trials", 5)
    assert "4/5: val_cost" in second.out
    assert "3/5: val_cost" not in second.out
    found = trials()
    assert len({row["learning_rate"] for row in found}) == 5
    assert all(1 <= int(row["layers"]) <= 2 and 4 <= int(row["units_1"]) <= 8 for row in found)
    best = min(float(row["val_cost"]) for row in found)
    assert run("train", "runs/iris-tune/best.toml", "--no-report", "--output", "best").code == 0
    with Path("best/history.csv").open(newline="") as stream:
        assert min(float(row["val_cost"]) for row in csv.DictReader(stream)) == best


def test_a_search_of_other_settings_is_another_search(run: Run) -> None:
    assert run(*FEW, "--trials", 1).code == 0
    again = run(*FEW, "--trials", 1, "--seed", 5)
    assert again.code == 2
    assert again.err.startswith("descend: runs/iris-tune holds the search of other settings or data")


def test_a_search_is_quiet_where_it_should_be_and_leaves_other_folders_alone(run: Run) -> None:
    assert (run(*FEW, "--trials", 1, "--quiet")) == Finished(0, "", "")
    Path("other").mkdir()
    Path("other/file").touch()
    refused = run(*FEW, "--trials", 1, "--output", "other")
    assert refused.code == 2
    assert "not empty; name another: other" in refused.err
    assert [path.name for path in Path("other").iterdir()] == ["file"]


def test_there_must_be_a_part_to_judge_by(run: Run) -> None:
    finished = run("tune", "iris", "--validation", 0)
    assert finished.err.startswith("descend: data.validation is 0, and tuning judges by the validation part")
    assert not list(Path().iterdir())


def test_the_cores_are_shared(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(6)), raising=False)
    told: list[int | None] = []
    monkeypatch.setattr(tuning, "_search", lambda _, config, *__: told.append(config.train.threads))
    assert "2 at a time, on 6 cores." in run("tune", "iris", "--jobs", 2).out
    assert told == [3]


def test_a_range_of_one_value_and_settings_in_their_sections() -> None:
    from optuna.trial import FixedTrial

    values = {"layers": 2, "units_1": 5, "units_2": 7, "activation": "tanh", "batch_size": 9}
    trial = FixedTrial({**values, "learning_rate": 0.5, "l2": 0.005, "dropout": 0.125})
    ranges = TuneConfig(
        layers=(2, 2), units=(5, 7), activation=("tanh",), batch_size=(9, 9), learning_rate=(0.5, 0.5)
    )
    config = tuning.applied(read(options={"data.source": "iris"}), tuning.suggested(trial, ranges))
    assert (config.network.hidden, config.network.activation, config.network.dropout) == (
        (5, 7),
        "tanh",
        0.125,
    )
    assert (config.train.learning_rate, config.train.batch_size, config.train.l2) == (0.5, 9, 0.005)


def test_ctrl_c_keeps_what_was_searched(tmp_path: Path) -> None:
    endless = ("--epochs", 1000000, "--patience", 1000000, "--trials", 3, "--jobs", 2)
    running = process("tune", "iris", *endless, cwd=tmp_path, start_new_session=True)
    assert running.stdout
    assert any("2 at a time" in line for line in running.stdout)
    time.sleep(3)  # The other processes start, or train by now: they take it either way.
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, "")
    assert "Interrupted: the same command goes on, with what runs/iris-tune keeps." in out
    assert (tmp_path / "runs/iris-tune/study.db").exists()
