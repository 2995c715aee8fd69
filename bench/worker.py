"""One peer at one number of threads in a process of its own, asked over its standard streams what to do.

Requests and replies are lines of JSON. Between requests the process sleeps, so that many can be kept alive
and measured in turn without one library's threads being in another's way.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

LONGEST_SPIN_MS = 1000


class Job(Protocol):
    """Work that can be repeated."""

    def answer(self) -> list[float]:
        """What the work computes, for comparison with the other peers."""

    def prepare(self) -> None:
        """Go back to the start; not timed."""

    def run(self, n: int) -> None:
        """Do ``n`` units of the work; timed."""


class Worker:
    """The requests that a worker understands."""

    job: Job

    def __init__(self) -> None:
        self.asleep_since = time.perf_counter()
        self.busy_seconds = time.process_time()
        self.idle_wall = self.idle_busy = 0.0

    def make(self, function: str, **arguments: Any) -> None:
        """Let ``module:function`` make the job that the next requests are about."""
        self.job = _resolve(function)(**arguments)

    def answer(self) -> list[float]:
        return self.job.answer()

    def call(self, function: str, **arguments: Any) -> Any:
        """What ``module:function`` returns."""
        return _resolve(function)(**arguments)

    def calibrate(self, seconds: float) -> tuple[int, list[tuple[float, float]]]:
        """How many units of the job fill ``seconds``; and the turn taken in finding out, where one does."""
        n = 1
        while True:
            taken, busy = self.time(n)
            if n == 1 and taken >= seconds:
                return 1, [(taken, busy)]
            if taken >= seconds / 4:
                return max(1, round(n * seconds / taken)), []
            n = max(2 * n, min(round(n * seconds / (2 * taken)), 10 * n))

    def time(self, n: int) -> tuple[float, float]:
        """Wall and processor seconds of ``n`` units of the job."""
        self.job.prepare()
        gc.collect()
        gc.disable()
        busy, start = time.process_time(), time.perf_counter()
        self.job.run(n)
        wall, busy = time.perf_counter() - start, time.process_time() - busy
        gc.enable()
        return wall, busy

    def idle_share(self) -> float:
        """Processor seconds used while asleep, per second asleep: of threads that spin on."""
        return self.idle_busy / self.idle_wall if self.idle_wall else 0.0

    def peak_bytes(self) -> int:
        """The largest resident set so far. (``ru_maxrss`` would begin with the parent's.)"""
        status = Path("/proc/self/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])

    def _wake(self) -> None:
        self.idle_wall += time.perf_counter() - self.asleep_since
        self.idle_busy += time.process_time() - self.busy_seconds

    def _sleep(self) -> None:
        """Wait until the library's idle threads stop spinning; OpenBLAS's do for a tenth of a second."""
        for _ in range(LONGEST_SPIN_MS // 10):
            busy = time.process_time()
            time.sleep(0.01)
            if time.process_time() - busy < 0.001:
                break
        self.asleep_since, self.busy_seconds = time.perf_counter(), time.process_time()

    def serve(self, requests: Any, replies: Any) -> None:
        self._sleep()
        for line in requests:
            self._wake()
            request = json.loads(line)
            try:
                reply = {"value": getattr(self, request["do"])(**request["arguments"])}
            except Exception:
                reply = {"error": traceback.format_exc()}
            self._sleep()
            print(json.dumps(reply), file=replies, flush=True)


def _resolve(name: str) -> Callable[..., Any]:
    module, function = name.split(":")
    return getattr(import_module(module), function)


def main() -> None:
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, [int(cpu) for cpu in sys.argv[1].split(",")])
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Worker().serve(sys.stdin, replies)


if __name__ == "__main__":
    main()
