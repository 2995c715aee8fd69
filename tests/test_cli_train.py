"""`descend train`, as its users meet it: run folders, options, folds, Ctrl-C, and real files."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import descend
from commands import Finished, metrics, people, process, rows
from descend.persist import load_model

FILES = [
    "curves.png",
    "history.csv",
    "history.jsonl",
    "metrics.json",
    "model.safetensors",
    "report.html",
    "run.toml",
]
PARTS = ["train", "validation", "test"]
CLASS_METRICS = ["accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss", "calibration_error"]
NUMBER_METRICS = ["rmse", "mae", "r2"]


def test_digits(run: Callable[..., Finished], tmp_path: Path) -> None:
    finished = run("train", "digits")
    assert finished.code == 0
    assert sorted(path.name for path in Path("runs/digits-1").iterdir()) == FILES
    found = metrics("runs/digits-1")
    assert found["test"]["accuracy"] >= 0.97
    assert list(found) == ["task", *PARTS]
    assert found["task"] == "classification"
    assert all(list(found[part]) == CLASS_METRICS for part in PARTS)
    history = rows(Path("runs/digits-1/history.csv").read_text())
    assert [int(row["epoch"]) for row in history] == list(range(1, len(history) + 1))
    assert float(history[-1]["val_accuracy"]) > 0.9
    assert Path("runs/digits-1/curves.png").read_bytes().startswith(b"\x89PNG")

    accuracies = " +".join(f"{found[part]['accuracy']:.2%}" for part in PARTS)
    assert re.search(f"accuracy +{accuracies}\n", finished.out)
    for word in (
        "classification",
        "layer",
        "activation",
        "parameters",
        "relu",
        "softmax",
        "Confusion matrix",
    ):
        assert word in finished.out
    assert "Written to runs/digits-1" in finished.out
    for word in ("epoch", "cost", "val_accuracy", "samples/s"):
        assert word in finished.err
    assert os.listdir(tmp_path) == ["runs"]


@pytest.mark.parametrize(
    ("name", "task", "names"),
    [
        ("breast_cancer", "classification", CLASS_METRICS),
        ("wine", "classification", CLASS_METRICS),
        ("iris", "classification", CLASS_METRICS),
        ("diabetes", "regression", NUMBER_METRICS),
        ("houses", "regression", NUMBER_METRICS),
    ],
)
def test_built_in_sets(run: Callable[..., Finished], name: str, task: str, names: list[str]) -> None:
    assert run("train", name, "--validation", 0.1, "--epochs", 30, "--output", "run").code == 0
    found = metrics("run")
    assert found["task"] == task
    assert all(list(found[part]) == names for part in PARTS)


def test_a_second_run_gets_a_folder_of_its_own(run: Callable[..., Finished]) -> None:
    for number in (1, 2):
        assert f"runs/iris-{number}" in run("train", "iris", "--epochs", 1).out


def test_the_same_seed_gives_the_same_bits(run: Callable[..., Finished]) -> None:
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        run(
            "train",
            "iris",
            "--epochs",
            3,
            "--seed",
            seed,
            "--dropout",
            0.1,
            "--no-report",
            "--output",
            folder,
        )
    models = [Path(folder, "model.safetensors").read_bytes() for folder in "abc"]
    assert models[0] == models[1] != models[2]
    assert metrics("a") == metrics("b")


def test_a_table_of_people(run: Callable[..., Finished], tmp_path: Path) -> None:
    finished = run(
        "train",
        people(tmp_path / "people.csv"),
        "--target",
        "answer",
        "--epochs",
        60,
        "--learning-rate",
        0.01,
    )
    assert finished.code == 0
    assert "Task: classification of answer (2 different words; --task regression overrides)." in finished.out
    assert "Left out, identifier: name." in finished.out
    assert metrics("runs/people-1")["test"]["accuracy"] > 0.85


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_task_can_be_given(run: Callable[..., Finished], tmp_path: Path, task: str) -> None:
    numbers = tmp_path / "n.csv"
    numbers.write_text("x,y\n" + "".join(f"{i},{i % 3}\n" for i in range(60)))
    assert run("train", numbers, "--target", "y", "--task", task, "--epochs", 1, "--output", "run").code == 0
    assert metrics("run")["task"] == task


def test_a_number_is_told_in_its_own_unit(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = tmp_path / "line.csv"
    table.write_text("x,y\n" + "".join(f"{i},{1e6 + 1000 * i}\n" for i in range(200)))
    arguments = (
        "--target",
        "y",
        "--hidden",
        "none",
        "--scaling",
        "standard",
        "--learning-rate",
        0.1,
        "--epochs",
        200,
        "--output",
        "run",
    )
    assert run("train", table, *arguments).code == 0
    found = metrics("run")["test"]
    assert found["rmse"] < 100
    assert found["r2"] > 0.999
    assert 0 < found["mae"] <= found["rmse"]
    predicted = [float(row["y"]) for row in rows(run("predict", "run", table).out)]
    np.testing.assert_allclose(predicted, [1e6 + 1000 * i for i in range(200)], atol=500)


@pytest.mark.parametrize(
    ("arguments", "units"),
    [
        (["--hidden", "8", "4"], [8, 4, 3]),
        (["--hidden", "8,4"], [8, 4, 3]),
        (["--hidden", "8,", "4"], [8, 4, 3]),
        (["--hidden=8,4"], [8, 4, 3]),
        (["--hidden", "8", "--quiet"], [8, 3]),
        (["--hidden", "none"], [3]),
    ],
)
def test_hidden_layers(run: Callable[..., Finished], arguments: list[str], units: list[int]) -> None:
    assert run("train", "iris", "--epochs", 1, "--no-report", "--output", "run", *arguments).code == 0
    assert [layer.units for layer in descend.load("run/model.safetensors").layers] == units
    assert run("train", *arguments, "iris", "--epochs", 1, "--no-report", "--output", "other").code == 0


def test_every_option_has_an_effect(run: Callable[..., Finished]) -> None:
    options = {
        "--activation": "tanh",
        "--dropout": 0.3,
        "--loss": "squared_error",
        "--optimizer": "rmsprop",
        "--learning-rate": 0.02,
        "--batch-size": "full",
        "--l2": 0.1,
        "--epochs": 4,
        "--validation": 0.3,
        "--test": 0.4,
        "--seed": 1,
        "--hidden": "7",
    }
    models = set()
    for i, arguments in enumerate([(), *options.items()]):
        assert run(
            "train", "wine", "--epochs", 3, "--quiet", "--no-report", *arguments, "--output", f"run{i}"
        ) == (
            0,
            "",
            "",
        )
        models.add(Path(f"run{i}", "model.safetensors").read_bytes())
    assert len(models) == 1 + len(options)


def test_without_validation_and_test(run: Callable[..., Finished]) -> None:
    assert run("train", "iris", "--epochs", 2, "--validation", 0, "--test", 0, "--output", "run").code == 0
    assert list(metrics("run")) == ["task", "train"]


def test_cross_validation(run: Callable[..., Finished]) -> None:
    arguments = ("train", "iris", "--epochs", 20, "--no-report")
    finished = run(*arguments, "--folds", 3, "--output", "folds")
    assert finished.code == 0
    found = rows(Path("folds/folds.csv").read_text())
    assert [row["fold"] for row in found] == ["1", "2", "3"]
    accuracies = [float(row["accuracy"]) for row in found]
    assert metrics("folds")["folds"]["accuracy"] == pytest.approx(np.mean(accuracies))
    assert metrics("folds")["deviation"]["accuracy"] == pytest.approx(np.std(accuracies, ddof=1))
    assert f"Fold 2 of 3: accuracy {accuracies[1]:.2%}" in finished.out
    assert run(*arguments, "--output", "run").code == 0
    models = {Path(folder, "model.safetensors").read_bytes() for folder in ("folds", "run")}
    assert len(models) == 1


def test_folds_leave_a_test_set_of_its_own_out_and_keep_groups_whole(
    run: Callable[..., Finished], tmp_path: Path
) -> None:
    people(tmp_path / "train.csv", 200)
    people(tmp_path / "test.csv", 60)
    arguments = ("train", "train.csv", "--target", "age", "--test", "test.csv", "--epochs", 3)
    by_group = ("--split", "group", "--split-column", "city", "--validation", 0)
    finished = run(*arguments, *by_group, "--folds", 3, "--output", "run")
    assert finished.code == 0
    assert list(rows(Path("run/folds.csv").read_text())[0]) == ["fold", *NUMBER_METRICS]
    assert ">folds</th>" in Path("run/report.html").read_text()
    finished = run(*arguments, *by_group, "--folds", 4)
    assert finished.err == "descend: 4 folds cannot be made of 3 groups: give 2 to 3 folds.\n"


def test_a_test_set_of_its_own(run: Callable[..., Finished], tmp_path: Path) -> None:
    people(tmp_path / "train.csv", 200)
    people(tmp_path / "test.csv", 60)
    arguments = ("train", "train.csv", "--target", "answer", "--test", "test.csv", "--epochs", 2)
    assert "180 train, 20 validation, 60 test" in run(*arguments, "--validation", 0.1).out
    assert "Rows: 200 train, 60 test." in run(*arguments).out


def test_rows_without_a_target_are_left_out_and_counted(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = tmp_path / "gaps.csv"
    table.write_text("x,y\n" + "".join(f"{i},{'' if i % 10 == 0 else i % 2}\n" for i in range(100)))
    finished = run("train", table, "--target", "y", "--epochs", 1)
    assert "Left out: 10 rows without a target." in finished.out


def test_ctrl_c_saves_what_was_learned(tmp_path: Path) -> None:
    running = process(
        *("train", "digits", "--epochs", "1000000", "--patience", "1000000"),
        cwd=tmp_path,
    )
    assert running.stderr
    assert "epoch" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Interrupted in epoch" in out
    assert "Written to runs/digits-1" in out
    assert "Traceback" not in err
    assert sorted(path.name for path in (tmp_path / "runs/digits-1").iterdir()) == FILES
    assert load_model(tmp_path / "runs/digits-1/model.safetensors").preprocess is not None


@pytest.mark.parametrize(
    ("name", "target", "task", "metric", "least"),
    [
        ("titanic_train.csv", "Survived", "classification", "accuracy", 0.75),
        ("AmesHousing.csv", "SalePrice", "regression", "r2", 0.8),
        ("california_housing.csv", "MedHouseVal", "regression", "r2", 0.7),
        ("california_housing_raw.csv", "median_house_value", "regression", "r2", 0.65),
        ("winequality-red.csv", "-1", "classification", "accuracy", 0.5),
        ("covtype.20k.data", "-1", "classification", "accuracy", 0.65),
    ],
)
def test_real_files(
    run: Callable[..., Finished],
    data_file: Callable[[str], Path],
    name: str,
    target: str,
    task: str,
    metric: str,
    least: float,
) -> None:
    finished = run(
        "train", data_file(f"tabular/{name}"), "--target", target, "--epochs", 20, "--output", "run"
    )
    assert finished.code == 0
    assert metrics("run")["task"] == task
    assert metrics("run")["test"][metric] > least


def test_adult_with_its_own_test_set(run: Callable[..., Finished], data_file: Callable[[str], Path]) -> None:
    train, test = data_file("tabular/adult.data"), data_file("tabular/adult.test")
    finished = run("train", train, "--target", "-1", "--test", test, "--epochs", 5, "--output", "run")
    assert finished.code == 0
    assert "16,281 test" in finished.out
    assert metrics("run")["test"]["roc_auc"] > 0.89
