"""Time to predict one row, and 10,000 rows, with 784-128-64-10 in float32."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from bench import agreement
from bench.measure import Effort, Pool, Times, Worker, interleave
from bench.peers import PEERS
from bench.workloads import Workload, make_problem

WORKLOAD = Workload("inference", 10_000, (784, 128, 64, 10), "relu", "cross_entropy", "adam", 0.001, 500, 1.0)
ROWS = (1, 10_000)
# Neither a fused optimiser nor float64 is another way to predict.
LEFT_OUT = ("torch-fused", "descend64")
COMPARED_ROWS = 100


class Job:
    """A worker's job: predict the same rows again and again."""

    def __init__(self, peer: str, rows: int, threads: int, dtype: str) -> None:
        problem = make_problem(WORKLOAD, dtype)
        self.predict = PEERS[peer].model(problem, threads).predictor(problem.X[:rows])

    def answer(self) -> list[float]:
        """The probabilities of the first rows."""
        return np.asarray(self.predict(), np.float64)[:COMPARED_ROWS].ravel().tolist()

    def prepare(self) -> None:
        pass

    def run(self, n: int) -> None:
        predict = self.predict
        for _ in range(n):
            predict()


def measure(
    pool: Pool, peers: Iterable[str], threads: Iterable[int], effort: Effort
) -> dict[tuple[int, int], dict[str, Times]]:
    """Seconds per call, by (rows, threads) and peer."""
    peers = [peer for peer in peers if peer not in LEFT_OUT]
    results: dict[tuple[int, int], dict[str, Times]] = {}
    for rows in ROWS:
        jobs: dict[tuple[str, int], Worker] = {}
        what = f"predicting {rows} rows"
        make = {"function": "bench.inference:Job", "rows": rows}
        reference = agreement.reference(pool, max(threads), make)
        for t, peer in product(threads, peers):
            with pool.tolerating(f"{PEERS[peer].label} {what}"):
                worker = pool[peer, t]
                worker.ask("make", **make, peer=peer, threads=t, dtype="float32")
                agreement.check(worker.ask("answer"), reference, agreement.TOLERANCE["float32"])
                jobs[peer, t] = worker
        times = interleave(pool, what, jobs, 1, effort)
        for t in threads:
            results[rows, t] = {peer: times[peer, t] for peer in peers if (peer, t) in times}
    return results
