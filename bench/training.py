"""Time per training step, of every peer on every workload, beside the limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench import agreement, limit
from bench.measure import Effort, Pool, Times, interleave
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

    ``fastest`` is of the quickest peer on at most that many threads, as its user would choose.
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
    """Check that all agree, then time all; a row for each number of threads."""
    jobs = {(peer, t): pool[peer, t] for t in threads for peer in peers}
    make = {"function": "bench.training:Job", "workload": workload.name}
    reference = agreement.reference(pool, max(threads), make)
    for (peer, t), worker in jobs.items():
        dtype = PEERS[peer].dtype
        worker.ask("make", **make, peer=peer, threads=t, dtype=dtype)
        tolerance = agreement.tolerance(workload, dtype)
        agreement.check(f"{peer} on {workload.name}", worker.ask("answer"), reference, tolerance)
    steps = workload.epochs_at_once * workload.steps_per_epoch
    times = interleave(jobs, dict.fromkeys(jobs, steps), effort)
    others = [peer for peer in peers if PEERS[peer].module != "descend_train"]
    for t in threads:
        yield Row(
            workload,
            t,
            {peer: times[peer, t] for peer in peers},
            min((times[peer, s].median for peer in others for s in threads if s <= t), default=None),
            limit.measure(pool, workload, t, peers) if with_limit else None,
        )
