"""Time per training step, of every peer on every workload, beside the limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from bench import agreement, limit
from bench.measure import Effort, Pool, Times, Worker, interleave
from bench.peers import PEERS, Model
from bench.workloads import WORKLOADS, Workload, make_problem


class Job:
    """A worker's job: epochs of one workload by one peer. A unit is ``epochs_at_once`` epochs."""

    def __init__(self, peer: str, workload: str, threads: int, dtype: str) -> None:
        self.workload = WORKLOADS[workload]
        self.model: Model = PEERS[peer].model(make_problem(self.workload, dtype), threads)

    def answer(self) -> list[float]:
        """The costs of the first epochs, batches in the order of the rows."""
        self.model.reset()
        return self.model.train(self.workload.epochs_at_once, shuffle=False)

    def prepare(self) -> None:
        self.model.reset()

    def run(self, n: int) -> None:
        self.model.train(n * self.workload.epochs_at_once, shuffle=not self.workload.full_batch)


@dataclass(frozen=True)
class Row:
    """One workload on one number of threads: seconds per step by peer, and the limit's.

    Who failed is not there. ``fastest`` is of the quickest peer on at most that many threads, as its user
    would choose.
    """

    workload: Workload
    threads: int
    times: dict[str, Times]
    fastest: float | None
    limit: limit.Limit | None


def measure(
    pool: Pool,
    workload: Workload,
    peers: Iterable[str],
    threads: Iterable[int],
    effort: Effort,
    with_limit: bool,
) -> Iterator[Row]:
    """Check that all agree, then time those that do; a row for each number of threads."""
    jobs: dict[tuple[str, int], Worker] = {}
    what = f"on {workload.name}"
    make = {"function": "bench.training:Job", "workload": workload.name}
    reference = agreement.reference(pool, max(threads), make)
    for t, peer in product(threads, peers):
        dtype = PEERS[peer].dtype
        with pool.tolerating(f"{PEERS[peer].label} {what}"):
            worker = pool[peer, t]
            worker.ask("make", **make, peer=peer, threads=t, dtype=dtype)
            agreement.check(worker.ask("answer"), reference, agreement.tolerance(workload, dtype))
            jobs[peer, t] = worker
    times = interleave(pool, what, jobs, workload.epochs_at_once * workload.steps_per_epoch, effort)
    others = [of for of in times if PEERS[of[0]].module != "descend_train"]
    for t in threads:
        limits = None
        with pool.tolerating(f"the limit {what}"):
            limits = limit.measure(pool, workload, t, peers) if with_limit else None
        yield Row(
            workload,
            t,
            {peer: times[peer, t] for peer in peers if (peer, t) in times},
            min((times[peer, s].median for peer, s in others if s <= t), default=None),
            limits,
        )
