"""Fair timing: a worker process for each (peer, threads), all asked in turn, round after round."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
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


# What keeps descend and its peers to a level of instructions. (XLA's flag does not reach the products that it
# leaves to YNNPACK, so that it must do without; onnxruntime has no switch.)
LEVELS = {
    "v3": {
        "DESCEND_SIMD": "v3",
        "OPENBLAS_CORETYPE": "Haswell",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "DNNL_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2 --xla_cpu_experimental_ynn_fusion_type=",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    }
}


def environment(threads: int, level: str | None = None) -> dict[str, str]:
    """A worker's environment: every library told its number of threads and its level, no more about speed."""
    variables = {name: value for name, value in os.environ.items() if name not in UNSET}
    variables |= LEVELS[level] if level else {}
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):
        variables[name] = str(threads)
    variables["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        flags = [variables.get("XLA_FLAGS", ""), "--xla_cpu_multi_thread_eigen=false"]
        variables["XLA_FLAGS"] = " ".join(flags).strip()
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
    """A worker's exception, with its traceback, or its death."""


class Worker:
    """This side of one worker process."""

    def __init__(self, peer: str, threads: int, level: str | None = None) -> None:
        self.peer, self.threads = peer, threads
        pinned = [",".join(map(str, processors(threads)))] if PEERS[peer].threads_by_affinity else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", *pinned],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(threads, level),
            start_new_session=True,  # Ctrl-C is for the parent, who ends the workers
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        try:
            print(json.dumps({"do": do, "arguments": arguments}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        except KeyboardInterrupt:
            self.close()  # or its reply would be taken for that to the next request
            raise
        if not line:
            code = self.process.wait()
            self.close()
            raise WorkerError(f"the worker on {self.threads} threads died: exit code {code}")
        reply = json.loads(line)
        if "error" in reply:
            raise WorkerError(f"{reply['error'].strip()}\non {self.threads} threads")
        return reply["value"]

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.communicate()


class Pool:
    """Workers by (peer, threads), started when first asked for and kept until the end.

    ``failures`` says what could not be measured, and why, in a line each.
    """

    def __init__(self, level: str | None = None) -> None:
        self.level = level
        self.workers: dict[tuple[str, int], Worker] = {}
        self.failures: list[str] = []

    def __getitem__(self, key: tuple[str, int]) -> Worker:
        if key in self.workers and self.workers[key].process.poll() is not None:
            self.workers.pop(key).close()
        if key not in self.workers:
            self.workers[key] = Worker(*key, self.level)
        return self.workers[key]

    @contextmanager
    def tolerating(self, what: str) -> Iterator[None]:
        """Where a peer fails, dies or disagrees in the block, note that, and go on behind it."""
        try:
            yield
        except Exception as error:
            print(f"{what}: {error}", file=sys.stderr)
            self.failures.append(f"{what}: {', '.join(str(error).splitlines()[-2:])}")

    def _alive(self) -> list[Worker]:
        return [worker for worker in self.workers.values() if worker.process.poll() is None]

    def about(self) -> dict[str, str]:
        """What each peer says of its version and kernels."""
        return {
            PEERS[worker.peer].label: worker.ask(
                "call", function=f"bench.peers.{PEERS[worker.peer].module}:about"
            )
            for worker in self._alive()
        }

    def idle_share(self) -> float:
        """The worst worker's processor seconds per second asleep: near zero, or it disturbs the others."""
        return max((worker.ask("idle_share") for worker in self._alive()), default=0.0)

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


def interleave(
    pool: Pool, what: str, jobs: Mapping[Key, Worker], units: int, effort: Effort
) -> dict[Key, Times]:
    """Time every worker's job; a unit of the result is a job's unit divided by ``units``.

    All take a turn in every round, each round begins with another; a worker answers once its threads sleep.
    One that fails takes no more turns, and is not among the results.
    """
    times: dict[Key, Times] = {}
    counts: dict[Key, int] = {}

    def add(key: Key, wall: float, busy: float) -> None:
        times[key].rounds.append(wall / counts[key] / units)
        times[key].cores.append(busy / wall)

    def tolerating(key: Key) -> AbstractContextManager[None]:
        return pool.tolerating(f"{PEERS[jobs[key].peer].label} {what}")

    start = time.perf_counter()
    for key, worker in jobs.items():
        with tolerating(key):
            counts[key], turns = worker.ask("calibrate", seconds=effort.seconds)
            times[key] = Times()
            for turn in turns:
                add(key, *turn)
    for done in range(effort.most):
        if not times or (done >= effort.least and time.perf_counter() - start > effort.budget):
            break
        keys = list(times)
        shift = done % len(keys)
        for key in keys[shift:] + keys[:shift]:
            if len(times[key].rounds) == done:
                with tolerating(key):
                    add(key, *jobs[key].ask("time", n=counts[key]))
        times = {key: of_key for key, of_key in times.items() if len(of_key.rounds) > done}
    return times
