"""Run folders: what is in them, that they can be run again, compared, and are not lost."""

import csv
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import descend
from commands import Finished, people, process
from descend.cli import record
from descend.cli.folder import RunFolder

Run = Callable[..., Finished]


def model(folder: str) -> bytes:
    return Path(folder, "model.safetensors").read_bytes()


def test_a_run_repeats_itself_from_its_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(tmp_path / "people.csv")
    words = (
        "people.csv",
        "--target",
        0,
        "--epochs",
        9,
        "--dropout",
        0.2,
        "--schedule",
        "cosine",
        "--seed",
        4,
    )
    assert run("train", *words, "--output", "first").code == 0
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    again = run("train", "../first/run.toml", "--output", "again")
    assert (again.code, "may differ" in again.err) == (0, False)
    assert model("again") == model("../first")
    assert Path("again/run.toml").read_text() == Path("../first/run.toml").read_text()


def test_a_run_elsewhere_warns_of_every_difference(run: Run, tmp_path: Path) -> None:
    table = people(tmp_path / "people.csv")
    run("train", table, "--target", "answer", "--epochs", 1, "--output", "first")
    text = Path("first/run.toml").read_text()
    level = descend.build_info()["level"]
    Path("first/run.toml").write_text(re.sub(r'level = ".*"', 'level = "v0"', text))
    people(table, 201)
    again = run("train", "first/run.toml", "--epochs", 1, "--output", "again")
    assert again.code == 0
    assert (
        f"descend: the bits may differ from those of the run: level was v0 and is {level}; source was sha256:"
        in again.err
    )


def test_the_fingerprint_tells_files_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_BLOCK", 16)
    monkeypatch.setattr(record, "_MOST_BLOCKS_HASHED", 4)
    prints = set()
    for name, content in {"a": b"x" * 1000, "b": b"x" * 1001, "c": b"y" + b"x" * 999, "d": b""}.items():
        (tmp_path / name).write_bytes(content)
        prints.add(record.fingerprint(tmp_path / name))
        assert record.fingerprint(tmp_path / name) in prints
    prints.add(record.fingerprint(tmp_path))
    assert len(prints) == 5


def test_the_history_is_the_same_in_both_files_and_has_the_gradients(run: Run) -> None:
    run("train", "wine", "--epochs", 4, "--hidden", "5", "--output", "run")
    lines = [json.loads(line) for line in Path("run/history.jsonl").read_text().splitlines()]
    with Path("run/history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    assert [{name: float(value) for name, value in row.items()} for row in rows] == lines
    assert all(line["gradient_norm_1"] > 0 and line["gradient_norm_2"] > 0 for line in lines)
    assert "gradient_norm_3" not in lines[0]


def test_the_history_is_written_as_it_goes(tmp_path: Path) -> None:
    running = process("train", "digits", "--epochs", "1000000", "--patience", "1000000", cwd=tmp_path)
    history = tmp_path / "runs/digits-1/history.csv"
    deadline = time.monotonic() + 60
    while not (history.exists() and history.read_text().count("\n") > 3):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130


INTERRUPTED_AGAIN = """
import os, signal
from descend import persist
from descend.cli import judging, main, training

def again():
    os.kill(os.getpid(), signal.SIGINT)

{patch}
main(["train", "iris", "--epochs", "2", "--output", "run", "--quiet"])
"""


@pytest.mark.parametrize(
    "patch",
    [
        "save = persist.to_bytes; persist.to_bytes = lambda model: (again(), again(), save(model))[2]",
        "judging.judge = lambda *_: again()",
    ],
    ids=["saving", "judging"],
)
def test_ctrl_c_while_the_run_is_saved_or_judged_loses_no_model(tmp_path: Path, patch: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AGAIN.format(patch=patch)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stderr) == (130, "")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "history.csv",
        "history.jsonl",
        "model.safetensors",
        "run.toml",
    ]
    descend.load(tmp_path / "run/model.safetensors")


def fail(path: Path, *, keep: bool) -> None:
    with suppress(KeyError), RunFolder.made(path) as folder:
        folder.write("file", "text")
        if keep:
            folder.keep()
        raise KeyError


def test_a_folder_without_a_model_goes_again_with_the_parents_it_made(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    fail(tmp_path / "there/a/b", keep=False)
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]
    fail(tmp_path / "there/a/b", keep=True)
    assert (tmp_path / "there/a/b/file").read_text() == "text"


def test_init_writes_a_file_that_trains(run: Run, tmp_path: Path) -> None:
    people(tmp_path / "pe ople.csv")
    finished = run("init", "pe ople.csv", "--target", "answer")
    assert (finished.code, finished.err) == (0, "")
    text = Path("pe ople.toml").read_text()
    for line in (
        'target = "answer"',
        "# city: category, one-hot, Oslo, São Paulo, Zürich",
        "# name: left out, identifier",
        "# epochs = 100",
    ):
        assert f"\n{line}\n" in text
    assert (
        run("train", "pe ople.toml", "--epochs", 2, "--set", "network.hidden=[4]", "--output", "run").code
        == 0
    )
    assert [layer.units for layer in descend.load("run/model.safetensors").layers] == [4, 1]
    again = run("init", "pe ople.csv", "--target", "answer")
    assert (again.code, again.err) == (
        2,
        "descend: The run file is there already; name another: pe ople.toml.\n",
    )


def test_runs_are_compared(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    run("train", "iris", "--epochs", 3, "--output", "a")
    run("train", "iris", "--epochs", 5, "--optimizer", "adamw", "--output", "b")
    finished = run("compare", "a", "b")
    assert finished.code == 0
    lines = [line.split() for line in finished.out.splitlines()]
    assert ["train.optimizer", "adam", "adamw"] in lines
    assert ["train.epochs", "3", "5"] in lines
    assert not [line for line in lines if line[:1] == ["train.seed"]]
    test = [json.loads(Path(name, "metrics.json").read_text())["test"]["accuracy"] for name in "ab"]
    assert ["test", "accuracy", *(f"{value:.2%}" for value in test)] in lines
    assert Path("comparison.png").read_bytes().startswith(b"\x89PNG")
    assert run("compare", "a", "b", "--output", "c.svg").code == 0
    assert "<svg" in Path("c.svg").read_text()


def test_what_is_no_run_is_not_compared(run: Run, tmp_path: Path) -> None:
    run("train", "iris", "--epochs", 1, "--output", "a")
    Path("a/metrics.json").write_text("{")
    Path("empty").mkdir()
    for arguments, sentence in {
        ("a",): "a is damaged: ",
        ("empty",): "empty is no finished run: it lacks run.toml.",
        ("a", "--output", "x.gif"): "--output is x.gif: name a file that ends in .png, .svg, .pdf.",
    }.items():
        finished = run("compare", *arguments)
        assert finished.code == 2
        assert finished.err.startswith(f"descend: {sentence}")


def test_an_error_of_our_own_is_a_sentence_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from descend.cli import training

    monkeypatch.setattr(training, "prepare", lambda *_: {}["absent"])
    finished = run("train", "iris")
    assert (finished.code, finished.err.count("\n")) == (70, 1)
    assert "This is a fault of descend's own" in finished.err


@pytest.mark.parametrize(
    "words",
    [
        ("--split", "time", "--split-column", "age"),
        ("--scaling", "robust"),
        ("--columns", '{city = "drop"}'),
        ("--weight", "age", "--columns", '{name = "drop"}'),
        ("--class-weight", "balanced"),
        ("--class-weight", '{nein = 3, "ja, oui" = 1}'),
        ("--label-smoothing", 0.1),
        ("--ema-decay", 0.5),
        ("--batch-norm",),
        ("--schedule", "step", "--decay-every", 1),
        ("--schedule", "exponential", "--warmup", 1),
    ],
)
def test_choices_have_an_effect_and_are_kept(run: Run, tmp_path: Path, words: tuple[object, ...]) -> None:
    table = people(tmp_path / "people.csv")
    table.write_text(
        re.sub(r"(?m)^([^,]*|\"[^\"]*\"),,", r"\1,30,", table.read_text(encoding="utf-8")), encoding="utf-8"
    )
    common = ("train", table, "--target", "answer", "--epochs", 3, "--quiet", "--no-report")
    assert run(*common, "--output", "plain").code == 0
    finished = run(*common, *words, "--output", "chosen")
    assert (finished.code, finished.err) == (0, "")
    assert model("chosen") != model("plain")
    run("train", "chosen/run.toml", "--output", "again")
    assert model("again") == model("chosen")


def test_several_targets(run: Run, tmp_path: Path) -> None:
    rows = [f"{i % 7},{i % 5},{i % 7 + 2 * (i % 5)},{i % 5 - i % 7}" for i in range(200)]
    (tmp_path / "two.csv").write_text("\n".join(["a,b,total,less", *rows]))
    words = (
        "train",
        "two.csv",
        "--target",
        "total",
        "--target",
        "less",
        "--epochs",
        30,
        "--learning-rate",
        0.01,
    )
    assert run(*words, "--output", "run").code == 0
    assert json.loads(Path("run/metrics.json").read_text())["test"]["r2"] > 0.9
    assert run("train", "run/run.toml", "--output", "again").code == 0
    assert model("again") == model("run")


def test_smoothing_labels_is_for_classes(run: Run) -> None:
    finished = run("train", "houses", "--label-smoothing", 0.1)
    assert (
        finished.err == "descend: label_smoothing is for classes, and the target is a number: leave it out.\n"
    )
