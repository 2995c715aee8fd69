"""Optimiser objects: their state goes on from training to training, and belongs to one size of network."""

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest

import descend as ds
from descend import optimizers
from descend.optimizers import Optimizer

KINDS = list(optimizers.KINDS.values())
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((20, 3)), RNG.standard_normal((20, 1))


def network(dtype: str = "float64", n_inputs: int = 3) -> ds.Network:
    return ds.Network(n_inputs, [ds.Dense(4, "tanh"), ds.Dense(1, "linear")], seed=0, dtype=dtype)


def fit(net: ds.Network, optimizer: Optimizer | str | None, epochs: int, X: np.ndarray = X) -> None:
    ds.train(net, X, Y, optimizer=optimizer, epochs=epochs, batch_size="full", progress=False)


@pytest.mark.parametrize("kind", KINDS)
def test_training_twice_with_one_object_is_training_once_for_longer(kind: type[Optimizer]) -> None:
    once, twice = network(), network()
    fit(once, kind(), 10)
    optimizer = kind()
    fit(twice, optimizer, 4)
    fit(twice, optimizer, 6)
    np.testing.assert_array_equal(once.parameters, twice.parameters)
    assert optimizer.step == 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not ds.GradientDescent])
def test_a_new_object_starts_afresh(kind: type[Optimizer]) -> None:
    once, twice = network(), network()
    fit(once, kind(), 10)
    fit(twice, kind(), 4)
    fit(twice, kind(), 6)
    assert (once.parameters != twice.parameters).any()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_goes_on_where_its_original_was(
    kind: type[Optimizer], duplicate: Callable[[Optimizer], Optimizer]
) -> None:
    net, optimizer = network(), kind()
    fit(net, optimizer, 4)
    twin, twin_net = duplicate(optimizer), copy.copy(net)
    assert twin == optimizer
    fit(net, optimizer, 6)
    fit(twin_net, twin, 6)
    np.testing.assert_array_equal(net.parameters, twin_net.parameters)


def test_a_copy_before_training_has_no_state() -> None:
    twin = pickle.loads(pickle.dumps(ds.Adam(beta1=0.5)))
    assert twin == ds.Adam(beta1=0.5)
    assert (twin.step, twin.state) == (0, None)


def test_the_state_is_a_view_and_can_be_restored() -> None:
    net, optimizer = network(), ds.Adam()
    fit(net, optimizer, 3)
    assert optimizer.state is not None
    assert optimizer.state.shape == (2, net.n_parameters)
    fresh, twin = ds.Adam(), copy.copy(net)
    fresh.restore(optimizer.step, optimizer.state)
    fit(net, optimizer, 2)
    fit(twin, fresh, 2)
    np.testing.assert_array_equal(net.parameters, twin.parameters)
    optimizer.state[:] = 0
    assert not optimizer.state.any()


def test_the_state_of_another_kind_cannot_be_restored() -> None:
    net, optimizer = network(), ds.Momentum()
    fit(net, optimizer, 1)
    with pytest.raises(ValueError, match=r"shape \(1, 21\), and Adam keeps \(2, 21\)"):
        ds.Adam().restore(optimizer.step, optimizer.state)


def test_constants_may_change_between_trainings() -> None:
    net, optimizer = network(), ds.Momentum(0.1, momentum=0.9)
    fit(net, optimizer, 3)
    v = optimizer.state.copy()
    optimizer.momentum, optimizer.learning_rate = 0.0, 0.25
    before = net.parameters.copy()
    _, gradient = net.cost_and_gradient(X, Y)
    fit(net, optimizer, 1)
    assert v.any()
    np.testing.assert_allclose(net.parameters, before - 0.25 * gradient, rtol=1e-13)
    assert optimizer.step == 4


@pytest.mark.parametrize(
    ("other", "X", "sentence"),
    [
        (network(n_inputs=2), X[:, :2], "state of 21 float64 parameters, and the network has 17 of float64"),
        (network("float32"), X, "state of 21 float64 parameters, and the network has 21 of float32"),
    ],
)
def test_another_networks_optimiser_is_refused(other: ds.Network, X: np.ndarray, sentence: str) -> None:
    optimizer = ds.Adam()
    fit(network(), optimizer, 1)
    with pytest.raises(ValueError, match=sentence):
        fit(other, optimizer, 1, X)


def test_names_and_the_default() -> None:
    assert isinstance(optimizers.resolve(None), ds.Adam)
    for kind in KINDS:
        assert optimizers.resolve(kind.kind) == kind()


@pytest.mark.parametrize(
    ("kind", "constants", "sentence"),
    [
        (ds.GradientDescent, {"learning_rate": 0}, "learning_rate is 0: give a number above 0"),
        (ds.Adam, {"learning_rate": -0.1}, "learning_rate is -0.1"),
        (ds.Adam, {"learning_rate": float("nan")}, "learning_rate is nan"),
        (ds.Adam, {"beta1": 1}, "beta1 is 1: give a number of at least 0 and below 1"),
        (ds.Momentum, {"momentum": -0.5}, "momentum is -0.5"),
        (ds.RMSprop, {"rho": 2}, "rho is 2"),
        (ds.RMSprop, {"epsilon": 0}, "epsilon is 0"),
        (ds.AdamW, {"weight_decay": -1}, "weight_decay is -1"),
    ],
)
def test_numbers_out_of_range(kind: type[Optimizer], constants: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        kind(**constants)


def test_numbers_changed_out_of_range_are_found_before_training() -> None:
    optimizer = ds.Adam()
    optimizer.learning_rate = -1
    with pytest.raises(ValueError, match="learning_rate is -1"):
        fit(network(), optimizer, 1)
