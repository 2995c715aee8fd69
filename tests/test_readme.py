"""Every command of the README runs: those that set the project up are what CI runs, the others here."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
)
# What other tests run (test_cpp_package, the benchmark's own), or what runs this one.
ELSEWHERE = ("cmake ", "python -m bench", "python -m pip install ", "python -m pytest")


def commands(block: str) -> list[str]:
    """The single commands of a shell block that are not run elsewhere."""
    every = [part.strip() for line in block.splitlines() for part in line.split(" && ")]
    return [command for command in every if not command.startswith(ELSEWHERE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader tries one block after the other."""
    return tmp_path_factory.mktemp("reader")


def test_the_first_two_blocks_set_everything_up() -> None:
    assert BLOCKS[:2] == [
        ("sh", "python -m pip install . && descend train digits\n"),
        ("sh", "python -m pip install '.[test]' && python -m pytest\n"),
    ]


def test_ci_runs_the_test_command() -> None:
    assert BLOCKS[1][1] in (ROOT / ".ci" / "run").read_text().splitlines(keepends=True)


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {kind for kind, _ in BLOCKS} <= {"sh", "python", "cmake", "cpp", "text"}


@pytest.mark.parametrize("block", [block for kind, block in BLOCKS if kind == "sh" and commands(block)])
def test_shell(block: str, folder: Path) -> None:
    script = "\n".join(["set -e", *commands(block)])
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-c", script], cwd=folder, env={**os.environ, "PATH": path}, check=True)


@pytest.mark.parametrize("block", [block for kind, block in BLOCKS if kind == "python"])
def test_python(block: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", block], cwd=folder, check=True)
