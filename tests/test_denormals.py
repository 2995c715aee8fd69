"""Numbers too small for full precision are zero inside the core, and what they are in the caller's thread."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import numpy as np
import pytest

import descend as ds
from ctrl_c import CtrlC

TINY = {"float32": 1e-40, "float64": 1e-310}  # denormal


def denormals_count() -> bool:
    """Whether this thread can tell half the least normal number from zero, to read it and to compute it."""
    halves = (np.array([np.finfo(dtype).smallest_normal]) / 2 for dtype in TINY)
    return sys.float_info.min / 2 > 0 and all((half > 0).all() and (half * 2 > 0).all() for half in halves)


def network(dtype: str = "float32", units: int = 4) -> ds.Network:
    return ds.Network(4, [ds.Dense(units, "linear"), ds.Dense(1, "linear")], seed=0, dtype=dtype)


def examples(m: int = 64, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((m, 4)).astype(dtype), rng.standard_normal((m, 1)).astype(dtype)


@pytest.mark.parametrize("dtype", TINY)
@pytest.mark.parametrize("units", [4, 1024])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_denormals_are_zero_in_predictions_and_gradients(dtype: str, units: int, n_threads: int) -> None:
    net = network(dtype, units)
    X, y = np.full((2048, 4), TINY[dtype], dtype), np.zeros((2048, 1), dtype)
    assert not net.predict(X, n_threads=n_threads).any()
    net.layers[1].b[...] = 1.0  # dZ is 1, and dW[1] a sum of denormal inputs
    _, gradient = net.cost_and_gradient(X, y, n_threads=n_threads)
    assert not gradient[: 4 * units].any()


@pytest.mark.parametrize("dtype", TINY)
def test_denormal_moments_are_zero_to_an_update(dtype: str) -> None:
    net, optimizer = network(dtype), ds.Adam()
    ds.train(net, *examples(dtype=dtype), optimizer=optimizer, epochs=1, batch_size="full", progress=False)
    optimizer.prepare(net.n_parameters, net.dtype).state[...] = TINY[dtype]
    silent = np.zeros((64, 4), dtype)
    ds.train(net, silent, np.zeros((64, 1), dtype), optimizer=optimizer, epochs=1, progress=False)
    moments = optimizer.prepare(net.n_parameters, net.dtype).state[:, :16]  # of W[1], whose gradient is 0
    assert not moments.any()


def diverge() -> None:
    X, y = examples()
    with pytest.raises(ds.DivergedError):
        ds.train(network(), X, y, optimizer=ds.GradientDescent(1e30), epochs=50, progress=False)


def interrupt() -> None:
    with pytest.warns(UserWarning, match="interrupted"):
        ds.train(
            network(units=300), *examples(4096), epochs=1_000_000, callbacks=[CtrlC(0.1)], progress=False
        )


def fail() -> None:
    class Fails(ds.Callback):
        def on_epoch_end(self, run: object) -> None:
            assert denormals_count()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ds.train(network(), *examples(), callbacks=[Fails()], progress=False)


def in_blocks() -> None:
    ds.blocks.linear_forward(np.ones((4, 3)), np.ones((2, 4)), np.zeros((2, 1)))
    with pytest.raises(ValueError, match="shape"):
        ds.blocks.linear_forward(np.ones((4, 3)), np.ones((2, 5)), np.zeros((2, 1)))


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: ds.train(network(), *examples(), progress=False), id="train"),
        pytest.param(
            lambda: ds.train(network(units=1024), *examples(4096), n_threads=2, progress=False), id="team"
        ),
        pytest.param(lambda: network().predict(examples()[0]), id="predict"),
        pytest.param(lambda: network().cost_and_gradient(*examples()), id="gradient"),
        diverge,
        interrupt,
        fail,
        in_blocks,
    ],
)
def test_the_callers_mode_is_as_before(work: Callable[[], object]) -> None:
    assert denormals_count()
    work()
    assert denormals_count()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")
def test_python_that_runs_while_the_core_works_sees_the_callers_mode() -> None:
    seen = []
    before = signal.signal(signal.SIGALRM, lambda *_: seen.append(denormals_count()))
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        ds.train(network(units=300), *examples(4096), epochs=100, batch_size=8, progress=False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert seen
    assert all(seen)
