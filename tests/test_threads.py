"""How many threads: limits, caps and threadpoolctl; forks, signals and the end of the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from descend import _core

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc or the CPU affinity")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

# Training that two threads are worth, and its parameters.
COMMON = """
import os, signal, sys, threading, time
import numpy as np
from descend import _core

def trainer(n_threads=2, epochs=2):
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((512, 64), dtype=np.float32), rng.integers(10, size=512, dtype=np.int32)
    network = _core.Network32(64, [256, 10], ["relu", "softmax"], [0.0, 0.0])
    for l in (1, 2):
        network.initialise(l, "he_normal", 0.0, l)
    optimizer = _core.Optimizer32("adam", network.n_parameters, beta1=0.9, beta2=0.999, epsilon=1e-8)
    loss = _core.Loss("cross_entropy")
    return network, _core.Trainer32(
        network, optimizer, X, Y, loss, batch_size=256, shuffle=True, seed=1, n_threads=n_threads
    )

def trained(n_threads=2, epochs=2):
    network, run = trainer(n_threads)
    assert run.run(epochs, np.array([1e-3]), None)
    return network.parameters.tobytes()
"""


def run(code: str, **environment: str | None) -> str:
    """What Python prints that runs the code, in this environment with changes; None takes a variable out."""
    changed: Mapping[str, str | None] = {**os.environ, **environment}
    kept = {name: value for name, value in changed.items() if value is not None}
    finished = subprocess.run(
        [sys.executable, "-c", COMMON + code], env=kept, capture_output=True, text=True, timeout=120
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


# The limits of the machine


@pytest.mark.parametrize(
    ("files", "self_cgroup", "cpus"),
    [
        pytest.param({"cpu.max": "200000 100000\n"}, "0::/\n", 2, id="v2"),
        pytest.param({"cpu.max": "150000 100000\n"}, "0::/\n", 2, id="v2, rounded up"),
        pytest.param({"cpu.max": "5000 100000\n"}, "0::/\n", 1, id="v2, less than one"),
        pytest.param({"cpu.max": "max 100000\n"}, "0::/\n", None, id="v2, no quota"),
        pytest.param({"a/b/cpu.max": "300000 100000\n"}, "0::/a/b\n", 3, id="v2, a group"),
        pytest.param(
            {
                "a/b/c/cpu.max": "max 100000\n",
                "a/b/cpu.max": "400000 100000\n",
                "a/cpu.max": "700000 100000\n",
            },
            "0::/a/b/c\n",
            4,
            id="v2, the least of the groups around",
        ),
        pytest.param({"cpu.max": "200000 100000\n"}, "0::/docker/0123\n", 2, id="v2, seen from a container"),
        pytest.param({"other/cpu.max": "100000 100000\n"}, "0::/mine\n", None, id="v2, another's group"),
        pytest.param(
            {"cpu/cpu.cfs_quota_us": "350000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            "3:memory:/\n1:cpu:/\n",
            4,
            id="v1",
        ),
        pytest.param(
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            "1:cpu:/\n",
            None,
            id="v1, no quota",
        ),
        pytest.param(
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "50000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "25000\n"},
            "4:cpu,cpuacct:/a/b\n",
            2,
            id="v1, mounted with cpuacct, a group around",
        ),
        pytest.param(
            {"cpuset/cpu.cfs_quota_us": "100000\n", "cpuset/cpu.cfs_period_us": "100000\n"},
            "5:cpuset:/\n2:cpuacct:/\n",
            None,
            id="v1, other controllers",
        ),
        pytest.param(
            {
                "unified/cpu.max": "800000 100000\n",
                "cpu/cpu.cfs_quota_us": "600000\n",
                "cpu/cpu.cfs_period_us": "100000\n",
            },
            "9:name=systemd:/user:1\n1:cpu:/\n0::/\n",
            6,
            id="both versions",
        ),
        pytest.param({}, "0::/\n", None, id="no file"),
        pytest.param({"cpu.max": ""}, "0::/\n", None, id="empty file"),
        pytest.param({"cpu.max": "200000 0\n"}, "0::/\n", None, id="no period"),
        pytest.param({"cpu.max": "200000 100000\n"}, "", None, id="no group"),
        pytest.param({"cpu.max": "200000 100000\n"}, "nonsense\n", None, id="nonsense"),
    ],
)
def test_cgroup_limit(tmp_path: Path, files: dict[str, str], self_cgroup: str, cpus: int | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert _core.cgroup_limit(str(tmp_path), self_cgroup) == cpus


@pytest.mark.parametrize("value", ["1", "1,8", " 1 ", "1 , 8"])
def test_omp_num_threads_limits(value: str) -> None:
    assert run("print(_core.default_threads())", OMP_NUM_THREADS=value) == "1"


@pytest.mark.parametrize("value", ["", "0", "-3", "many", "1e3", "1;2", "1000000", "99999999999999"])
def test_omp_num_threads_that_says_nothing_changes_nothing(value: str) -> None:
    free = run("print(_core.default_threads())", OMP_NUM_THREADS=None)
    assert run("print(_core.default_threads())", OMP_NUM_THREADS=value) == free


@linux
def test_affinity_limits() -> None:
    code = """
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print(_core.default_threads(), _core.get_num_threads())
"""
    assert run(code, OMP_NUM_THREADS=None) == "1 1"


@linux
def test_default_is_within_the_affinity() -> None:
    assert 1 <= _core.default_threads() <= len(os.sched_getaffinity(0))


# The cap


@pytest.fixture
def uncapped() -> Iterator[None]:
    yield
    _core.set_num_threads(_core.default_threads())


@pytest.mark.usefixtures("uncapped")
def test_cap() -> None:
    default = _core.default_threads()
    assert _core.get_num_threads() == default
    for n in (1, default, 1000, default):
        _core.set_num_threads(n)
        assert _core.get_num_threads() == n
        assert _core.default_threads() == default


@pytest.mark.parametrize("n", [0, -1])
def test_a_cap_below_one_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"the number of threads is {n}; set at least 1"):
        _core.set_num_threads(n)


@linux
@pytest.mark.parametrize(
    ("cap", "n_threads", "threads"),
    [(None, 0, 1), (None, 3, 3), (2, 0, 2), (2, 3, 2), (5, 0, 5), (5, 3, 3), (1, 3, 3)],
)
def test_training_obeys_n_threads_and_a_cap_that_is_not_the_default(
    cap: int | None, n_threads: int, threads: int
) -> None:
    code = f"""
before = len(os.listdir("/proc/self/task"))
if {cap}:
    _core.set_num_threads({cap})
trained({n_threads})
print(len(os.listdir("/proc/self/task")) - before + 1)
"""
    assert run(code, OMP_NUM_THREADS="1") == str(threads)


# threadpoolctl

THREADPOOLCTL = """
def of_descend():
    return [each for each in threadpoolctl.threadpool_info() if each["user_api"] == "descend"]

default = _core.get_num_threads()
[info] = of_descend()
assert info["num_threads"] == default
assert info["version"] == descend.__version__
assert info["prefix"].startswith("_core_")
_core.set_num_threads(3)
with threadpoolctl.threadpool_limits(1):
    assert _core.get_num_threads() == 1
    assert of_descend()[0]["num_threads"] == 1
assert _core.get_num_threads() == 3
with threadpoolctl.threadpool_limits(2, user_api="descend"):
    assert _core.get_num_threads() == 2
with threadpoolctl.threadpool_limits(1, user_api="blas"):
    assert _core.get_num_threads() == 3
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import threadpoolctl, descend",
        "import descend, threadpoolctl",
        "import descend, sklearn.cluster, threadpoolctl",
    ],
)
def test_threadpoolctl_limits_bind(imports: str) -> None:
    pytest.importorskip("threadpoolctl", minversion="3.2")
    run(f"{imports}\n{THREADPOOLCTL}".replace("from descend import _core", ""))


def test_threadpoolctl_is_left_to_others() -> None:
    assert run("import descend; print('threadpoolctl' in sys.modules)") == "False"


def test_threadpoolctl_that_is_not_there_is_not_missed(tmp_path: Path) -> None:
    code = f"""
import descend
sys.path[:] = [path for path in sys.path if not os.path.exists(os.path.join(path, "threadpoolctl.py"))]
for _ in range(2):
    try:
        import threadpoolctl
    except ModuleNotFoundError as error:
        print(error.name)
sys.path.append({str(tmp_path)!r})
open({str(tmp_path / "threadpoolctl.py")!r}, "w").write("version = 'before register'")
import threadpoolctl
print(threadpoolctl.version)
"""
    assert run(code).split("\n") == ["threadpoolctl", "threadpoolctl", "before register"]


# Forks

FORK = """
def in_child(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


@forks
def test_a_child_trains() -> None:
    run(FORK + "in_child(lambda: trained())")


@forks
@pytest.mark.parametrize("n_threads", [2, 3])
def test_a_child_trains_after_its_parent_did(n_threads: int) -> None:
    code = f"""
expected = trained({n_threads})

def check():
    assert trained({n_threads}) == expected

def check_and_fork():
    check()
    in_child(check)

for _ in range(5):
    in_child(check_and_fork)
    check()
"""
    run(FORK + code)


@forks
def test_a_child_goes_on_with_its_parents_trainer() -> None:
    code = """
network, run = trainer()
run.run(2, np.array([1e-3]), None)
expected = trained(epochs=4)

def go_on():
    run.run(2, np.array([1e-3]), None)
    assert network.parameters.tobytes() == expected

in_child(go_on)
go_on()
"""
    run(FORK + code)


@forks
def test_a_child_trains_while_its_parent_does() -> None:
    code = """
expected = trained()
network, run = trainer()
thread = threading.Thread(target=lambda: run.run(100_000, np.array([1e-3]), None, seconds=1.0))
thread.start()

def check():
    assert trained() == expected

for _ in range(5):
    in_child(check)
thread.join()
check()
"""
    run(FORK + code)


@forks
def test_a_child_reads_its_limits_again() -> None:
    code = """
before = _core.default_threads()

def check():
    os.environ["OMP_NUM_THREADS"] = "1"
    assert _core.default_threads() == 1

in_child(check)
assert _core.default_threads() == before
"""
    run(FORK + code, OMP_NUM_THREADS=None)


# Company


def test_trainers_in_several_threads_do_not_disturb_each_other() -> None:
    code = """
expected = trained()
agree = []
threads = [threading.Thread(target=lambda: agree.append(trained(n) == expected)) for n in (2, 3, 2, 1)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert agree == [True] * 4, agree
"""
    run(code)


@linux
def test_threads_that_the_system_refuses_are_done_without() -> None:
    code = """
import resource
X = np.ones((20_000, 64), np.float32)
parameters, rows = trained(1), trainer()[0].predict(X, 1)
with open("/proc/self/statm") as statm:
    used = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (7 << 20), resource.RLIM_INFINITY))  # a stack takes 8 MB
before = len(os.listdir("/proc/self/task"))
assert trained(3) == parameters
assert np.array_equal(trainer()[0].predict(X, 3), rows)
assert len(os.listdir("/proc/self/task")) == before
"""
    run(code)


@linux
def test_signals_are_left_to_python() -> None:
    code = """
before = set(os.listdir("/proc/self/task"))
trained(3)
workers = set(os.listdir("/proc/self/task")) - before
assert len(workers) == 2
for worker in workers:
    with open(f"/proc/self/task/{worker}/status") as status:
        blocked = next(int(line.split()[1], 16) for line in status if line.startswith("SigBlk"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD):
        assert blocked >> (number - 1) & 1, number
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGABRT):
        assert not blocked >> (number - 1) & 1, number
"""
    run(code)


def test_threads_sleep_when_nothing_trains() -> None:
    code = """
trained(3)
time.sleep(0.05)
before = time.process_time()
time.sleep(0.5)
assert time.process_time() - before < 0.05
"""
    run(code)


@pytest.mark.parametrize("poll", ["None", "lambda epoch, step: None"])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_interpreter_ends_while_a_daemon_thread_trains(n_threads: int, poll: str) -> None:
    code = f"""
network, run = trainer({n_threads})
train = lambda: run.run(1_000_000, np.array([1e-3]), {poll})
threading.Thread(target=train, daemon=True).start()
end = time.monotonic() + 0.25
while time.monotonic() < end:
    pass
print("over")
"""
    assert run(code) == "over"
