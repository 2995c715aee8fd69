"""Seconds of training until 97.5 % of MNIST's test set is right: 784-128-64-10, Adam at 1e-3, batch 128."""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measure import Pool
from bench.peers import PEERS
from bench.workloads import Problem, Workload, initial_weights

WORKLOAD = Workload("mnist", 60_000, (784, 128, 64, 10), "relu", "cross_entropy", "adam", 0.001, 128, 5.0)
TRAINERS = ("descend", "sklearn", "torch", "torch-fused", "torch-compiled")
ACCURACY = 0.975
MOST_EPOCHS = 40
SEEDS = 15
FILES = tuple(
    f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")
)


@dataclass(frozen=True)
class Run:
    """One seed's way to the accuracy: epochs and their seconds, without the test after each."""

    peer: str
    seed: int
    epochs: int
    seconds: float


def missing(folder: Path) -> str | None:
    """Why MNIST cannot be read from ``folder``, or None."""
    file = folder / "train-images-idx3-ubyte.gz"
    return None if file.exists() else f"the time on MNIST is left out: {file} is absent"


def measure(pool: Pool, peers: Iterable[str], threads: int, folder: Path, seeds: int = SEEDS) -> list[Run]:
    """Every seed by every peer in turn; nothing of a peer that fails."""
    runs: dict[str, list[Run]] = {peer: [] for peer in TRAINERS if peer in peers}
    for seed, peer in product(range(seeds), list(runs)):
        if len(runs[peer]) < seed:
            continue
        with pool.tolerating(f"{PEERS[peer].label} on MNIST"):
            epochs, seconds = pool[peer, threads].ask(
                "call",
                function="bench.mnist:train",
                peer=peer,
                seed=seed,
                threads=threads,
                folder=str(folder),
            )
            runs[peer].append(Run(peer, seed, epochs, seconds))
    return [run for of_peer in runs.values() for run in of_peer if len(of_peer) == seeds]


def train(peer: str, seed: int, threads: int, folder: str) -> tuple[int, float]:
    """In a worker: epochs and seconds until the accuracy is reached."""
    X, y = read(Path(folder), "train")
    X_test, y_test = read(Path(folder), "t10k")
    random = np.random.default_rng(seed)
    order = random.permutation(len(X))
    problem = Problem(WORKLOAD, X[order], y[order], initial_weights(WORKLOAD.units, "float32", seed))
    model = PEERS[peer].model(problem, threads)
    seconds = 0.0
    for epoch in range(1, MOST_EPOCHS + 1):
        start = time.perf_counter()
        model.train(1, shuffle=True)
        seconds += time.perf_counter() - start
        if (np.asarray(model.predictor(X_test)()).argmax(axis=1) == y_test).mean() >= ACCURACY:
            return epoch, seconds
    raise RuntimeError(f"{peer} with seed {seed} has not reached {ACCURACY:.1%} in {MOST_EPOCHS} epochs.")


def read(folder: Path, which: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images as rows in [0, 1], and their digits."""
    images = np.frombuffer(
        gzip.decompress((folder / f"{which}-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16
    )
    labels = np.frombuffer(
        gzip.decompress((folder / f"{which}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8
    )
    return np.divide(images.reshape(len(labels), 784), 255, dtype=np.float32), labels.astype(np.int64)


def medians(runs: Iterable[Run]) -> dict[str, float]:
    """Median seconds over the seeds, by peer."""
    seconds: dict[str, list[float]] = {}
    for run in runs:
        seconds.setdefault(run.peer, []).append(run.seconds)
    return {peer: statistics.median(values) for peer, values in seconds.items()}
