"""What goes wrong on the command line is one sentence and exit code 2, and leaves nothing behind."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Finished, people

BAD = {
    "train": "Missing argument 'DATA'",
    "train digts": "neither a file nor a built-in data set: did you mean digits?",
    "train absent.csv --target x": "absent.csv is neither a file nor a built-in data set",
    "train people.csv": (
        "people.csv needs a target: give one of its columns as target, answer, age, city, name."
    ),
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
    "train digits --output people.csv/run": "people.csv is no folder: people.csv/run",
    "train x.csv --split column --split-column part --test 0.3": "leave their shares out",
    "train digits --epoch 1": "--epochs",
    "train digits --set epochs=2": "--set epochs is no key that descend knows: did you mean train.epochs?",
    "train digits --set lerning_rate=2": "did you mean train.learning_rate?",
    "train digits --set trian.epochs=2": "did you mean train?",
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
