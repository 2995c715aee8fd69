"""Memory: no step after the first allocates, and nothing is read that was not written or is not ours."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import descend as ds
from descend import _core

RunPreloaded = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run_preloaded(tmp_path_factory: pytest.TempPathFactory) -> RunPreloaded:
    """Runs Python code over the allocator that counts and poisons."""
    compiler = shutil.which("cc")
    if compiler is None or platform.libc_ver()[0] != "glibc":
        pytest.skip("counting allocations takes glibc and a C compiler named cc")
    library = tmp_path_factory.mktemp("counting") / "counting_malloc.so"
    source = Path(__file__).with_name("counting_malloc.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-fno-builtin", source, "-o", library], check=True)

    def run(code: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LD_PRELOAD": str(library)}
        return subprocess.run(
            [sys.executable, "-c", COMMON + code], env=environment, capture_output=True, text=True
        )

    return run


COMMON = """
import ctypes
from itertools import product

import numpy as np

import descend as ds
from descend import _core

allocator = ctypes.CDLL(None)
allocator.count_allocations.restype = ctypes.c_long
rng = np.random.default_rng(0)

OPTIMIZERS = ["gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
# Layers, batch size: on one thread, and on two.
SHAPES = [((13, 9, 3), 5), ((300, 128, 64, 10), 128)]


def trainer(
    n, m, batch_size, optimizer="adam", dtype="float32", hidden="relu", loss=None, dense={}, **settings
):
    layers = [*(ds.Dense(k, hidden, **dense) for k in n[1:-1]), ds.Dense(n[-1], "softmax")]
    network = ds.Network(n[0], layers, seed=1, dtype=dtype)
    moments = ds.optimizers.resolve(optimizer).prepare(network.n_parameters, network.dtype)
    X = rng.standard_normal((m, n[0])).astype(dtype)
    y = rng.integers(n[-1], size=m).astype(np.int32)
    kind = _core.Trainer32 if dtype == "float32" else _core.Trainer64
    settings.update(batch_size=batch_size, shuffle=True, seed=2, n_threads=2)
    return network, kind(network.core, moments, X, y, loss or _core.Loss("cross_entropy"), **settings)


def allocations(call, *arguments):
    before = allocator.count_allocations()
    call(*arguments)
    return allocator.count_allocations() - before
"""

STEPS = """
rate = np.array([1e-3])
assert allocations(np.zeros, 100_000) == allocations(np.zeros, 200_000) > 0, "allocations are not counted"

checked = 0
for (n, batch_size), optimizer, dtype in product(SHAPES, OPTIMIZERS, ("float32", "float64")):
    for hidden, settings in [
        ("relu", {}), ("gelu", dict(dense=dict(dropout=0.5))), ("elu", dict(dense=dict(batch_norm=True))),
        ("relu", dict(ema_decay=0.9)), ("tanh", dict(l1=1e-4, l2=1e-4, clip_norm=1.0)),
        ("silu", dict(clip_norm=1.0)),
    ]:
        counts = []
        for batches in (1, 2, 20):
            m = batches * batch_size - 2
            network, training = trainer(n, m, batch_size, optimizer, dtype, hidden=hidden, **settings)
            assert training.steps_per_epoch == batches
            assert training.run(1, rate)
            counts.append(allocations(training.run, 1, rate))
        assert len(set(counts)) == 1, (n, optimizer, dtype, hidden, settings, counts)
        checked += 1
print("checked", checked)
"""


def test_steps_allocate_nothing(run_preloaded: RunPreloaded) -> None:
    """An epoch of one step, of two and of twenty make equally many allocations: those of the call."""
    finished = run_preloaded(STEPS)
    assert finished.stdout == "checked 144\n", finished.stderr


GRAPHS = """
from descend import graph

mish = graph.Activation(lambda z: z * graph.tanh(graph.log(1 + graph.exp(z))), "mish")
centred = graph.Activation(lambda z: graph.tanh(z - graph.mean(z)) @ np.eye(1), "centred")
focal = graph.Loss(lambda a, y: -graph.sum(y * (1 - a) ** 2 * graph.log(a)), "focal")
rate = np.array([1e-3])
for (n, batch_size), hidden, dtype in product(SHAPES, (mish, centred), ("float32", "float64")):
    counts = []
    for batches in (1, 2, 20):
        m = batches * batch_size - 2
        _, training = trainer(n, m, batch_size, dtype=dtype, hidden=hidden, loss=focal.core(n[-1]))
        assert training.run(1, rate)
        counts.append(allocations(training.run, 1, rate))
    assert len(set(counts)) == 1, (n, hidden.name, dtype, counts)
print("checked")
"""


def test_steps_through_graphs_allocate_nothing(run_preloaded: RunPreloaded) -> None:
    finished = run_preloaded(GRAPHS)
    assert finished.stdout == "checked\n", finished.stderr


FULL_BATCH = """
rate = np.array([1e-3])
for (n, batch_size), dtype in product(SHAPES, ("float32", "float64")):
    network, training = trainer(n, batch_size, batch_size, dtype=dtype)
    assert training.run(1, rate)
    counts = [allocations(training.run, epochs, rate) for epochs in (100, 1000)]
    assert counts[0] == counts[1], (n, dtype, counts)
print("checked")
"""


def test_full_batch_epochs_allocate_nothing(run_preloaded: RunPreloaded) -> None:
    finished = run_preloaded(FULL_BATCH)
    assert finished.stdout == "checked\n", finished.stderr


PREDICTIONS = """
for n, batch_size in SHAPES:
    network, _ = trainer(n, batch_size, batch_size)
    small, large = (rng.standard_normal((m, n[0])).astype(np.float32) for m in (5000, 10_000))
    network.core.predict(large)
    counts = [allocations(network.core.predict, X) for X in (small, large)]
    assert counts[0] == counts[1], (n, counts)
print("checked")
"""


def test_predictions_allocate_their_result_alone(run_preloaded: RunPreloaded) -> None:
    finished = run_preloaded(PREDICTIONS)
    assert finished.stdout == "checked\n", finished.stderr


POISONED = """
def results(n, batch_size, optimizer, dtype, hidden, settings):
    global rng
    rng = np.random.default_rng(0)
    m = 3 * batch_size - 2
    network, training = trainer(n, m, batch_size, optimizer, dtype, hidden=hidden, **settings)
    assert training.run(2, np.array([1e-3]))
    X, y = rng.standard_normal((77, n[0])), rng.integers(n[-1], size=77)
    cost, gradient = network.cost_and_gradient(X, y, l2=0.1)
    return [network.parameters.copy(), network.predict(X), gradient, training.costs(), cost]

for (n, batch_size), optimizer, dtype, (hidden, settings) in product(
    SHAPES, OPTIMIZERS, ("float32", "float64"),
    [
        ("relu", {}), ("gelu", dict(dense=dict(dropout=0.5))), ("elu", dict(l1=1e-4, l2=1e-4, clip_norm=1.0)),
        ("silu", dict(dense=dict(batch_norm=True), ema_decay=0.9)),
    ],
):
    case = (n, batch_size, optimizer, dtype, hidden, settings)
    clean = results(*case)
    allocator.poison_allocations(1)
    assert np.isnan(np.empty(1_000_001)).all(), "allocations are not poisoned"
    poisoned = results(*case)
    allocator.poison_allocations(0)
    for ours, theirs in zip(poisoned, clean, strict=True):
        assert np.isfinite(theirs).all()
        assert np.array_equal(ours, theirs), case
print("checked")
"""


def test_nothing_is_read_before_it_is_written(run_preloaded: RunPreloaded) -> None:
    """With NaN in all fresh memory, every result has the same bits."""
    finished = run_preloaded(POISONED)
    assert finished.stdout == "checked\n", finished.stderr


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("n", "batch_size"), [((13, 9, 3), 5), ((300, 128, 64, 10), 128)])
def test_nothing_is_read_that_an_earlier_run_left(n: tuple[int, ...], batch_size: int, dtype: str) -> None:
    """A run with NaN for weights leaves NaN in all buffers of the trainer; the next one does not see it."""
    rng = np.random.default_rng(0)
    m, rate = 2 * batch_size - 1, np.array([1e-3])
    X, y = rng.standard_normal((m, n[0])).astype(dtype), rng.integers(n[-1], size=m).astype(np.int32)

    def train(spoiled: bool) -> np.ndarray:
        layers = [*(ds.Dense(k, "gelu", dropout=0.25) for k in n[1:-1]), ds.Dense(n[-1], "softmax")]
        network = ds.Network(n[0], layers, seed=1, dtype=dtype)
        optimizer = ds.Adam().prepare(network.n_parameters, network.dtype)
        trainer = (_core.Trainer32 if dtype == "float32" else _core.Trainer64)(
            network.core,
            optimizer,
            X,
            y,
            _core.Loss("cross_entropy"),
            batch_size=batch_size,
            shuffle=True,
            seed=0,
        )
        if spoiled:
            start = network.parameters.copy()
            network.parameters = np.nan
            assert not trainer.run(1, rate)
            network.parameters, optimizer.state[:], optimizer.step, trainer.epoch = start, 0, 0, 0
        assert trainer.run(2, rate)
        return network.parameters

    clean = train(spoiled=False)
    assert np.isfinite(clean).all()
    np.testing.assert_array_equal(train(spoiled=True), clean)


GUARDED = """
import ctypes
import mmap

import numpy as np

import descend as ds
from descend import _core

libc = ctypes.CDLL(None, use_errno=True)
pages = []


def before_a_wall(array):
    \"\"\"A copy that ends where a page begins that nobody may touch.\"\"\"
    size = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    pages.append(mmap.mmap(-1, size + mmap.PAGESIZE))
    start = ctypes.addressof(ctypes.c_char.from_buffer(pages[-1]))
    assert libc.mprotect(ctypes.c_void_p(start + size), mmap.PAGESIZE, 0) == 0
    copy = np.frombuffer(pages[-1], array.dtype, array.size, size - array.nbytes).reshape(array.shape)
    copy[...] = array
    return copy


rng = np.random.default_rng(0)
for dtype in ("float32", "float64"):
    for n in [(1, 1), (3, 2), (5, 7, 3), (31, 33, 9), (784, 65, 10)]:
        for m in (1, 2, 3, 7, 17, 64, 131):
            layers = [*(ds.Dense(k, "tanh") for k in n[1:-1]), ds.Dense(n[-1], "linear")]
            network = ds.Network(n[0], layers, seed=0, dtype=dtype)
            X = before_a_wall(rng.standard_normal((m, n[0])).astype(dtype))
            w = before_a_wall(rng.random(m))
            assert _core.first_not_finite(X) is None
            network.core.predict(X)
            for loss, Y in [
                ("squared_error", rng.standard_normal((m, n[-1])).astype(dtype)),
                ("cross_entropy", rng.integers(n[-1], size=m).astype(np.int32)),
            ]:
                Y, loss = before_a_wall(Y), _core.Loss(loss)
                network.core.cost(X, Y, loss, w)
                network.core.cost_and_gradient(X, Y, loss, w)
                optimizer = ds.Adam().prepare(network.n_parameters, network.dtype)
                trainer = _core.Trainer32 if dtype == "float32" else _core.Trainer64
                trainer(
                    network.core, optimizer, X, Y, loss, sample_weight=w, batch_size=5, shuffle=True, seed=0
                ).run(1, np.array([1e-3]))
print("checked")
"""


@pytest.mark.skipif(os.name != "posix", reason="protecting a page takes mprotect")
def test_nothing_is_read_behind_the_end_of_an_array() -> None:
    finished = subprocess.run([sys.executable, "-c", GUARDED], capture_output=True, text=True)
    assert finished.stdout == "checked\n", f"exit status {finished.returncode} {finished.stderr}"


KEPT = """
import gc
import resource

import numpy as np

import descend as ds


def train(units):
    hidden = [ds.Dense(units, "relu") for _ in range(2)]
    network = ds.Network(256, [*hidden, ds.Dense(10, "softmax")], seed=0)
    ds.train(network, X, y, epochs=1, batch_size=128, seed=0, progress=False)


def pages(units):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    train(units)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident():
    gc.collect()
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


rng = np.random.default_rng(0)
X, y = rng.standard_normal((256, 256)).astype("float32"), rng.integers(10, size=256)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counting pages takes Linux")
def test_a_training_takes_over_the_pages_of_the_last_one() -> None:
    code = KEPT + "pages(64)\nprint(pages(400), [pages(400) for _ in range(3)][-1])"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, later = map(int, finished.stdout.split())
    assert first > 500
    assert later < first / 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from /proc")
def test_trainings_of_many_sizes_leave_little_memory_behind() -> None:
    """Each of these takes some 40 MB, in pieces of other sizes than the others'."""
    code = KEPT + "train(900)\nbefore = resident()\nfor units in range(910, 1210, 20):\n    train(units)\n"
    code += "print(resident() - before)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(finished.stdout) < 160 * 1024
