"""The linters, formatters and the type checker have nothing to say."""

import subprocess
import sys
from pathlib import Path

import clang_format
import pytest

COMMANDS = {
    "ruff check": ["ruff", "check"],
    "ruff format": ["ruff", "format", "--check", "--diff"],
    "mypy": ["mypy", "python/descend"],
    "mypy behind a stub": ["mypy", "--follow-imports=silent", "python/descend/_core.py"],
}


def run(root: Path, *command: str) -> None:
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_python(root: Path, command: list[str]) -> None:
    run(root, sys.executable, "-m", *command)


def test_clang_format(root: Path) -> None:
    sources = [
        str(path)
        for folder in ("cpp", "bench/native", "tests/native")
        for path in sorted((root / folder).rglob("*.[ch]pp"))
    ]
    assert sources
    run(root, clang_format.get_executable("clang-format"), "--dry-run", "-Werror", *sources)
