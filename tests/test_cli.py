"""The command line, as its users meet it."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import descend
from commands import Finished, people, process
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


def metrics(folder: str | Path) -> dict[str, dict[str, float]]:
    return json.loads(Path(folder, "metrics.json").read_text())


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# Training


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


# Predicting


def test_predictions_are_those_of_training(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = people(tmp_path / "people.csv")
    run(
        "train", table, "--target", "answer", "--epochs", 5, "--test", 0, "--validation", 0, "--output", "run"
    )
    finished = run("predict", "run", table)
    assert (finished.code, finished.err) == (0, "")
    with table.open(encoding="utf-8") as stream:
        true = [row["answer"] for row in csv.DictReader(stream)]
    predicted = [row["answer"] for row in rows(finished.out)]
    assert set(predicted) <= {"ja, oui", "nein"}
    accuracy = np.mean([a == b for a, b in zip(predicted, true, strict=True)])
    assert accuracy == pytest.approx(metrics("run")["train"]["accuracy"], abs=1e-12)


def test_trace_of_a_row(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = people(tmp_path / "people.csv")
    run("train", table, "--target", "answer", "--scaling", "standard", "--hidden", 4, "--output", "run")
    finished = run("trace", "run", table, "--row", 4)
    assert (finished.code, finished.err) == (0, "")
    network, preprocess, _ = load_model("run/model.safetensors")
    W = network.layers[0].W
    assert f"W[1]    (n[1], n[0])  {W.shape}  weights" in finished.out
    assert "Trace of 1 example through 2 layers" in finished.out
    assert re.search(r"Row 4: answer is (ja, oui|nein), predicted (ja, oui|nein)\.", finished.out)
    assert re.search(r"^A\[0\]  \[0 .*1 ", finished.out, re.MULTILINE)  # the age is missing
    assert "-0 " not in finished.out
    for name in preprocess.inputs:
        assert re.search(rf"^{name} +\S+ +\S+$", finished.out, re.MULTILINE)
    whole = run("trace", "run/model.safetensors", table)
    assert "Trace of 200 examples" in whole.out
    assert "Row" not in whole.out


def test_trace_says_what_it_needs(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = people(tmp_path / "people.csv")
    run("train", table, "--target", "answer", "--epochs", 1, "--output", "run", "--quiet")
    Path("inputs.csv").write_text("age,city\n30,Oslo\n")
    Path("gap.csv").write_text("answer,age,city\n,30,Oslo\n")
    descend.save(descend.Network(2, [descend.Dense(1)]), "bare.safetensors")
    for command, sentence in {
        "trace run people.csv --row 201": "people.csv has 200 rows, and row 201 is none of them",
        "trace run inputs.csv": "inputs.csv has no column 'answer'",
        "trace run gap.csv": "gap.csv has rows without a target",
        "trace bare.safetensors people.csv": "bare.safetensors holds no preprocessing",
        "trace run people.csv --row 0": "--row",
    }.items():
        finished = run(*command.split())
        assert (finished.code, finished.err.count("\n")) == (2, 1)
        assert sentence in finished.err


def test_predictions_go_to_a_file_with_probabilities(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = people(tmp_path / "people.csv")
    run("train", table, "--target", "answer", "--epochs", 2, "--output", "run")
    arguments = ("predict", "run/model.safetensors", table, "--probabilities", "--output", "out.csv")
    assert run(*arguments) == (0, "", "")
    for row in rows(Path("out.csv").read_text()):
        shares = {name: float(row[f"probability of {name}"]) for name in ("ja, oui", "nein")}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert max(shares, key=shares.__getitem__) == row["answer"]


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("target", ["0", "-2"])
def test_the_targets_column_may_be_absent(
    run: Callable[..., Finished], tmp_path: Path, header: bool, target: str
) -> None:
    table = people(tmp_path / "people.csv", header=header)
    trained = run("train", table, "--target", target, "--epochs", 2, "--output", "run")
    assert ("people.csv has no header: its columns are named 0 to 3." in trained.out) is not header
    whole = run("predict", "run", table)
    with table.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    for line in lines:
        del line[int(target)]
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    assert run("predict", "run", table) == whole


def test_labels_come_back_as_they_stand_in_the_file(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "zip,code\n" + "".join(f"{'07' if i % 2 else '008'},{'01' if i % 2 else '2.0'}\n" for i in range(60))
    )
    run("train", table, "--target", "code", "--epochs", 3, "--output", "run", "--learning-rate", 0.05)
    assert {row["code"] for row in rows(run("predict", "run", table).out)} == {"01", "2.0"}


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("answer,age,name", "lacks city"),
        ("answer,age,city,name,extra", "has in excess extra"),
        ("answer,Age,city,name", "lacks age and has in excess Age"),
    ],
)
def test_columns_that_do_not_match_are_refused(
    run: Callable[..., Finished], tmp_path: Path, header: str, sentence: str
) -> None:
    run("train", people(tmp_path / "people.csv"), "--target", "answer", "--epochs", 1, "--output", "run")
    Path("other.csv").write_text(f"{header}\n" + ",".join("1" for _ in header.split(",")) + "\n")
    finished = run("predict", "run", "other.csv", "--output", "out.csv")
    assert finished.code == 2
    assert f"other.csv {sentence}: give the columns of training, age, city, name." in finished.err
    assert not Path("out.csv").exists()


def test_a_network_without_preprocessing_is_for_python(run: Callable[..., Finished], tmp_path: Path) -> None:
    descend.save(descend.Network(1, [descend.Dense(1)]), tmp_path / "m.safetensors")
    finished = run("predict", "m.safetensors", people(tmp_path / "people.csv"))
    assert finished.code == 2
    assert "m.safetensors holds no preprocessing" in finished.err


# What goes wrong


BAD = {
    "train": "Missing argument 'DATA'",
    "train digts": "neither a file nor a built-in data set: did you mean digits?",
    "train absent.csv --target x": "absent.csv is neither a file nor a built-in data set",
    "train people.csv": "people.csv needs a target: give one of its columns, answer, age, city, name.",
    "train people.csv --target agee": "did you mean 'age'? Its columns are answer, age, city, name.",
    "train people.csv --target 4": "has no column '4'",
    "train people.csv --target city --task regression": "regression needs finite numbers",
    "train people.csv --target answer --test ragged.csv": "ragged.csv, line 3 has 3 field(s)",
    "train people.csv --target answer --test absent.csv": "absent.csv is neither a file nor",
    "train people.csv --target answer --test other.csv": "other.csv has no column but the target",
    "train ragged.csv --target a": "ragged.csv, line 3 has 3 field(s), and the file 2 column(s)",
    "train empty.csv --target a": "empty.csv is empty",
    "train twice.csv --target a": "twice.csv names 2 columns 'a'",
    "train . --target a": ". holds nothing that can be read together",
    "train digits --hidden 0": "--hidden is 0: it should be greater than or equal to 1",
    "train digits --activation rellu": "activation 'rellu' is unknown: did you mean 'relu'?",
    "train digits --loss hubber": "loss 'hubber' is unknown: did you mean 'huber'?",
    "train digits --loss poisson": "'softmax' does not go with the loss 'poisson'",
    "train digits --optimizer adan": "optimizer 'adan' is unknown: did you mean 'adam'?",
    "train digits --learning-rate 0": "--learning-rate",
    "train digits --epochs 0": "--epochs",
    "train digits --batch-size none": "--batch-size is 'none': it should be a valid integer or 'full'",
    "train digits --test 1": "1 is neither a file nor a share of at least 0 and below 1",
    "train digits --validation 0.9": "leave rows to train on",
    "train digits --dropout 1": "--dropout",
    "train digits --output full": "not empty; name another: full",
    "train digits --output people.csv/run": "The run folder cannot be made: people.csv/run",
    "train digits --epoch 1": "--epochs",
    "train diabetes --learning-rate 1e30 --optimizer gradient_descent": "try a learning rate below 1e+30",
    "predict absent people.csv": "No such file or directory: absent",
    "predict people.csv people.csv": "people.csv is no model that descend saved",
    "nonesuch": "No such command",
}


@pytest.mark.parametrize("command", BAD)
def test_an_error_is_one_sentence_and_leaves_nothing(
    run: Callable[..., Finished], tmp_path: Path, command: str
) -> None:
    people(tmp_path / "people.csv")
    Path("ragged.csv").write_text("a,b\n1,2\n3,4,5\n")
    Path("empty.csv").touch()
    Path("twice.csv").write_text("a,a\n1,2\n")
    Path("other.csv").write_text("answer\nja\n")
    Path("full").mkdir()
    Path("full/file").touch()
    before = sorted(tmp_path.rglob("*"))
    finished = run(*command.split())
    assert finished.code == 2
    assert BAD[command] in finished.err
    sentence = finished.err.splitlines()[-1]
    assert sentence.startswith("descend: ")
    if "learning-rate 1e30" not in command:
        assert finished.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_fills_leaves_nothing(
    run: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    finished = run("train", "iris", "--epochs", 1, "--output", "run", "--quiet")
    assert finished == (2, "", "descend: No space left on device: run.\n")
    assert not os.listdir()


def test_ctrl_c_saves_what_was_learned(tmp_path: Path) -> None:
    running = process(
        *("train", "digits", "--hidden", "512", "512", "--epochs", "1000000", "--patience", "1000000"),
        cwd=tmp_path,
    )
    assert running.stderr
    assert "epoch" in running.stderr.readline()
    began = time.perf_counter()
    running.send_signal(signal.SIGINT)
    assert running.stdout
    for line in running.stdout:
        if "Interrupted in epoch" in line:
            break
    assert time.perf_counter() - began < 1
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Written to runs/digits-1" in out
    assert "Traceback" not in err
    assert sorted(path.name for path in (tmp_path / "runs/digits-1").iterdir()) == FILES
    assert load_model(tmp_path / "runs/digits-1/model.safetensors").preprocess is not None


# How it looks


def test_help_and_version(run: Callable[..., Finished]) -> None:
    for arguments in ([], ["--help"], ["-h"]):
        finished = run(*arguments)
        assert finished.code == 0
        assert all(word in finished.out for word in ("train", "predict", "descend train digits"))
    train = run("train", "--help").out
    for option in (
        "target",
        "task",
        "hidden",
        "activation",
        "loss",
        "optimizer",
        "learning-rate",
        "batch-size",
    ):
        assert f"--{option}" in train
    assert run("--version").out == f"descend, version {descend.__version__}\n"


@pytest.mark.parametrize(
    "environment", [{"COLUMNS": "40"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"LC_ALL": "C"}]
)
def test_a_pipe_and_a_narrow_screen_get_plain_lines(tmp_path: Path, environment: dict[str, str]) -> None:
    out, err = process(
        "train", "wine", "--epochs", "3", cwd=tmp_path, env=os.environ | environment
    ).communicate(timeout=60)
    assert (out + err).isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", out + err)
    if "COLUMNS" in environment:
        sentences = ("wine:", "Task:", "Rows:", "Trained", "Confusion", "Written")
        assert not [line for line in out.splitlines() if len(line) > 40 and not line.startswith(sentences)]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_that_knows_no_control_codes_gets_none(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "descend.cli", "train", "iris", "--epochs", "3"],
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        env=os.environ | {"TERM": "dumb"},
    )
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 4096):
            shown += block
    except OSError:  # Linux says so when the other end is closed.
        pass
    os.close(ours)
    assert running.wait() == 0
    assert b"Written to runs/iris-1" in shown
    assert b"\x1b" not in shown


def test_asking_for_help_imports_nothing_heavy() -> None:
    code = """
import sys
from descend.cli import main
try:
    main(["train", "--help"])
except SystemExit:
    pass
heavy = {"sklearn", "scipy", "pyarrow", "matplotlib", "pandas", "rich", "safetensors"}
print(*sorted(heavy & set(sys.modules)))
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == ""


# Real files


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
