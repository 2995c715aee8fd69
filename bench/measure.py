"""Fair timing: a worker process for each (peer, threads), all asked in turn, round after round."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from bench.peers import PEERS

Key = TypeVar("Key", bound=Hashable)

ROOT = Path(__file__).resolve().parent.parent

# Set by hand for other programs, these would slow a peer down; the workers run without them.
UNSET = (
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_ENABLE_INSTRUCTIONS", "DNNL_MAX_CPU_ISA"),
    *("ATEN_CPU_CAPABILITY", "OMP_WAIT_POLICY", "OMP_DYNAMIC", "KMP_BLOCKTIME", "MKL_DYNAMIC"),
    *("GOMP_SPINCOUNT", "XLA_FLAGS"),
)


def environment(threads: int) -> dict[str, str]:
    """A worker's environment: every library told its number of threads, nothing else about speed."""
    variables = {name: value for name, value in os.environ.items() if name not in UNSET}
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):
        variables[name] = str(threads)
    variables["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return variables


def processors(threads: int) -> list[int]:
    """The first processors of this process's affinity, of different cores as long as there are some."""
    allowed = sorted(os.sched_getaffinity(0))
    siblings = {cpu: _siblings(cpu) for cpu in allowed}
    cores = [cpu for cpu in allowed if min(siblings[cpu] & set(allowed)) == cpu]
    return (cores + [cpu for cpu in allowed if cpu not in cores])[:threads]


def _siblings(cpu: int) -> set[int]:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    if not path.exists():
        return {cpu}
    ranges = (part.split("-") for part in path.read_text().strip().split(","))
    return {n for first, *last in ranges for n in range(int(first), int(last[0] if last else first) + 1)} | {
        cpu
    }


class WorkerError(RuntimeError):
    """A worker's exception, with its traceback."""


class Worker:
    """This side of one worker process."""

    def __init__(self, peer: str, threads: int) -> None:
        self.peer, self.threads = peer, threads
        pinned = [",".join(map(str, processors(threads)))] if PEERS[peer].threads_by_affinity else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", *pinned],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(threads),
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps({"do": do, "arguments": arguments}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            raise WorkerError(f"The worker of {self.peer} on {self.threads} threads died: exit code {code}.")
        reply = json.loads(line)
        if "error" in reply:
            raise WorkerError(f"{self.peer} on {self.threads} threads failed:\n{reply['error']}")
        return reply["value"]

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Pool:
    """Workers by (peer, threads), started when first asked for and kept until the end."""

    def __init__(self) -> None:
        self.workers: dict[tuple[str, int], Worker] = {}

    def __getitem__(self, key: tuple[str, int]) -> Worker:
        if key not in self.workers:
            self.workers[key] = Worker(*key)
        return self.workers[key]

    def about(self) -> dict[str, str]:
        """What each peer says of its version and kernels."""
        return {
            PEERS[peer].label: worker.ask("call", function=f"bench.peers.{PEERS[peer].module}:about")
            for (peer, _), worker in self.workers.items()
        }

    def idle_share(self) -> float:
        """The worst worker's processor seconds per second asleep: near zero, or it disturbs the others."""
        return max((worker.ask("idle_share") for worker in self.workers.values()), default=0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.close()


@dataclass
class Times:
    """Seconds for one unit of work, one number a round; ``cores`` is processor time by wall time."""

    rounds: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def best(self) -> float:
        return min(self.rounds)

    @property
    def spread(self) -> float:
        """The interquartile range by the median."""
        if len(self.rounds) < 2:
            return 0.0
        first, _, third = statistics.quantiles(self.rounds, n=4, method="inclusive")
        return (third - first) / self.median


@dataclass(frozen=True)
class Effort:
    """How long to measure: ``seconds`` a turn, and as many rounds as ``budget`` seconds allow."""

    seconds: float
    budget: float
    least: int
    most: int


FULL = Effort(seconds=0.12, budget=12.0, least=3, most=9)
QUICK = Effort(seconds=0.05, budget=4.0, least=3, most=5)


def interleave(jobs: Mapping[Key, Worker], units: Mapping[Key, int], effort: Effort) -> dict[Key, Times]:
    """Time every worker's job; a unit of the result is a job's unit divided by ``units``.

    All take a turn in every round, each round begins with another; a worker answers once its threads sleep.
    """
    times = {key: Times() for key in jobs}
    counts = {}

    def add(key: Key, wall: float, busy: float) -> None:
        times[key].rounds.append(wall / counts[key] / units[key])
        times[key].cores.append(busy / wall)

    start = time.perf_counter()
    for key, worker in jobs.items():
        counts[key], turns = worker.ask("calibrate", seconds=effort.seconds)
        for turn in turns:
            add(key, *turn)
    keys = list(jobs)
    for done in range(effort.most):
        if done >= effort.least and time.perf_counter() - start > effort.budget:
            break
        shift = done % len(keys)
        for key in keys[shift:] + keys[:shift]:
            if len(times[key].rounds) == done:
                add(key, *jobs[key].ask("time", n=counts[key]))
    return times
