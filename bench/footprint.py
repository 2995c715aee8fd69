"""What a library costs beside time: seconds to import, bytes installed, bytes resident while it trains."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from bench.measure import ROOT, Worker, environment
from bench.peers import PEERS

# What a user who trains a network imports, the distribution that brings it, and the peer that trains.
LIBRARIES = {
    "descend": ("import descend", "descend"),
    "numpy": ("import numpy", "numpy"),
    "sklearn": ("from sklearn.neural_network import MLPClassifier", "scikit-learn"),
    "torch": ("import torch", "torch"),
    "jax": ("import jax, optax", "optax"),
}
IMPORTS = 3
TRAINED = "mnist128"


@dataclass(frozen=True)
class Footprint:
    """Seconds and bytes; ``installed`` and ``closure`` are without and with all that it depends on."""

    import_seconds: float
    installed: int
    closure: int
    peak: int


def measure(peers: Iterable[str]) -> dict[str, Footprint]:
    """By peer; the peak is of a fresh process that makes the data and trains one epoch of mnist128."""
    return {
        peer: Footprint(
            _import_seconds(statement),
            _installed_bytes(distribution),
            sum(map(_installed_bytes, _closure(distribution))),
            _peak_bytes(peer),
        )
        for peer, (statement, distribution) in LIBRARIES.items()
        if peer in peers
    }


def _import_seconds(statement: str) -> float:
    program = f"import time; start = time.perf_counter()\n{statement}\nprint(time.perf_counter() - start)"
    command = [sys.executable, "-c", program]
    seconds = [
        float(subprocess.check_output(command, env=environment(1), cwd=ROOT, text=True))
        for _ in range(1 + IMPORTS)
    ]
    return statistics.median(seconds[1:])


def _closure(distribution: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The distribution and all that it needs, without optional extras."""
    seen |= {distribution}
    try:
        requirements = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return seen
    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement)[0].lower()
        if "extra ==" not in requirement and name not in seen:
            seen |= _closure(name, seen)
    return seen


def _installed_bytes(distribution: str) -> int:
    """Of a distribution's files, or of the package's folder where it is only on the path; 0 where absent."""
    try:
        files = [Path(str(file.locate())) for file in metadata.files(distribution) or ()]
    except metadata.PackageNotFoundError:
        spec = find_spec(distribution.replace("-", "_"))
        files = list(Path(spec.origin).parent.rglob("*")) if spec and spec.origin else []
    return sum(file.stat().st_size for file in files if file.is_file() and file.suffix != ".pyc")


def _peak_bytes(peer: str) -> int:
    worker = Worker(peer, 1)
    try:
        worker.ask(
            "make",
            function="bench.training:Job",
            peer=peer,
            workload=TRAINED,
            threads=1,
            dtype=PEERS[peer].dtype,
        )
        worker.ask("time", n=1)
        peak: int = worker.ask("peak_bytes")
        return peak
    finally:
        worker.close()
