"""An Adam pass over moments that have decayed must cost what a fresh one costs.

When a feature falls silent its gradients are zero, and Adam's first moments shrink by 0.9 a step until they
are denormal numbers, where rounding holds them for good; arithmetic on these is many times slower unless the
processor is told to flush them to zero.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from bench.measure import Pool
from bench.peers import PEERS
from bench.workloads import Workload, make_problem

WORKLOAD = Workload("denormals", 512, (784, 512, 1), "relu", "squared_error", "adam", 0.001, 32, 1.0)
# 0.9^n falls from a gradient's size into the denormals after some 800 steps; 16 steps are an epoch.
DECAY_EPOCHS = 75
TIMED_EPOCHS = 5
TRAINERS = ("descend", "numpy", "torch")


@dataclass(frozen=True)
class Decay:
    """Seconds per step right after the inputs fall silent, and once the moments have decayed."""

    fresh: float
    decayed: float

    @property
    def ratio(self) -> float:
        return self.decayed / self.fresh


def measure(pool: Pool, peers: Iterable[str]) -> dict[str, Decay]:
    """On one thread, by peer; the best of a few epochs."""
    results = {}
    for peer in (peer for peer in TRAINERS if peer in peers):
        with pool.tolerating(f"{PEERS[peer].label} over decayed moments"):
            told = pool[peer, 1].ask("call", function="bench.denormals:times", peer=peer)
            results[peer] = Decay(*told)
    return results


def times(peer: str) -> tuple[float, float]:
    """In a worker: train an epoch, silence the inputs, time at once and again after the decay."""
    problem = make_problem(WORKLOAD)
    model = PEERS[peer].model(problem, 1)
    model.train(1, shuffle=False)
    problem.X[...] = 0

    def step_seconds() -> float:
        start = time.perf_counter()
        model.train(1, shuffle=False)
        return (time.perf_counter() - start) / WORKLOAD.steps_per_epoch

    fresh = min(step_seconds() for _ in range(TIMED_EPOCHS))
    model.train(DECAY_EPOCHS, shuffle=False)
    return fresh, min(step_seconds() for _ in range(TIMED_EPOCHS))
