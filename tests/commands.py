"""The command line as a process, a table to try it on, and what it leaves behind."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Finished(NamedTuple):
    code: int
    out: str
    err: str


def process(*arguments: object, **options: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "descend.cli", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def people(path: Path, n: int = 200, *, header: bool = True) -> Path:
    """A table with numbers, words, gaps and a class that they tell."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, n)
    city = rng.choice(["Oslo", "Zürich", "São Paulo"], n)
    answer = np.where(age + 20 * (city == "Oslo") > 50, "ja, oui", "nein")
    ages = ["" if i % 17 == 3 else str(value) for i, value in enumerate(age)]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        if header:
            writer.writerow(["answer", "age", "city", "name"])
        writer.writerows(zip(answer, ages, city, [f"person {i}" for i in range(n)], strict=True))
    return path


def metrics(folder: str | Path) -> dict[str, dict[str, float]]:
    """What a run folder says of how good the network is."""
    return json.loads(Path(folder, "metrics.json").read_text())


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file's text, by the names in its header."""
    return list(csv.DictReader(io.StringIO(text)))
