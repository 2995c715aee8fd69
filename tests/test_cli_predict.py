"""`descend predict` and `descend trace`: what the model in a run folder says of a table."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import descend
from commands import Finished, metrics, people, rows
from descend.persist import load_model


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


@pytest.mark.parametrize(
    ("source", "row"),
    [("iris", "species is setosa"), ("table.npz", "target is 1"), ("images.npz", "target is 1")],
)
def test_trace_of_what_keeps_its_targets_apart(run: Callable[..., Finished], source: str, row: str) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    np.savez("table.npz", X=rng.normal(size=(60, 3)), y=y)
    np.savez("images.npz", X=rng.integers(0, 256, (60, 5, 5), dtype=np.uint8), y=y)
    trained = run(
        "train", source, "--task", "classification", "--epochs", 1, "--hidden", 4, "--output", "run"
    )
    assert trained.code == 0
    finished = run("trace", "run", source, "--row", 2)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.startswith(f"Row 2: {row}, predicted ")


def test_trace_of_pictures_in_folders_of_classes(run: Callable[..., Finished]) -> None:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        Path("pets", name).mkdir(parents=True)
        for i in range(10):
            Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).save(f"pets/{name}/{i}.png")
    assert run("train", "pets", "--epochs", 1, "--hidden", 4, "--output", "run").code == 0
    assert run("trace", "run", "pets", "--row", 11).out.startswith("Row 11: class is dog, predicted ")
    finished = run("trace", "run", "pets/dog")
    assert finished.code == 2
    assert "pets/dog has no column 'class': a trace needs the target" in finished.err


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


def test_whole_numbers_that_name_rows_stay_whole(run: Callable[..., Finished], tmp_path: Path) -> None:
    table = tmp_path / "numbered.csv"
    table.write_text("id,x,y\n" + "".join(f"{1000 + i},{i % 13},{i % 13 / 4}\n" for i in range(100)))
    assert run("train", table, "--target", "y", "--epochs", 1, "--output", "run").code == 0
    assert [row["id"] for row in rows(run("predict", "run", table).out)] == [
        str(1000 + i) for i in range(100)
    ]


def test_predictions_do_not_replace_what_they_are_made_from(
    run: Callable[..., Finished], tmp_path: Path
) -> None:
    table = people(tmp_path / "people.csv")
    run("train", table, "--target", "answer", "--epochs", 1, "--output", "run")
    before = table.read_bytes()
    refused = run("predict", "run", table, "--output", table)
    assert refused.code == 2
    assert "is what predictions are made from: name another file with --output" in refused.err
    assert table.read_bytes() == before


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


def test_values_outside_the_categories_of_training_are_told(
    run: Callable[..., Finished], tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("city,answer\n" + "Bern,1\nGenf,2\nZug,1\n" * 30)
    run("train", table, "--target", "answer", "--epochs", 2, "--output", "run")
    Path("more.csv").write_text('city\nBern\nRoma\nParis\nRoma\n""\n')
    finished = run("predict", "run", "more.csv")
    assert (finished.code, len(rows(finished.out))) == (0, 5)
    assert "column 'city': 4 rows hold none of the categories it had in training ('Roma' 2, " in finished.err
    assert "'Paris' 1" in finished.err
    assert "missing 1" in finished.err
    assert "Bern" not in finished.err


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
        ("answer,age,city,name,extra", "also has extra"),
        ("answer,Age,city,name", "lacks age and also has Age"),
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
