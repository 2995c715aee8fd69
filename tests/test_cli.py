"""The command line wherever it is read: help, pipes, narrow screens, terminals without control codes."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import descend
from commands import Finished, process


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
