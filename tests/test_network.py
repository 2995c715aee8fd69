"""Networks: their layers, their views of one vector, what they start from, and how they are copied."""

import copy
import gc
import itertools
import os
import pickle
import signal
import threading
from collections import deque

import numpy as np
import pytest

import descend as ds
from descend import _core

DTYPES = ("float32", "float64")


def small(dtype: str = "float64") -> ds.Network:
    """2-2-1, relu and linear, with small integers for weights."""
    network = ds.Network(2, [ds.Dense(2), ds.Dense(1, "linear")], seed=0, dtype=dtype)
    network.layers[0].W = [[1, 2], [3, -4]]
    network.layers[0].b = [[5], [6]]
    network.layers[1].W = [[7, 8]]
    network.layers[1].b = [[9]]
    return network


@pytest.mark.parametrize("dtype", DTYPES)
def test_by_hand(dtype: str) -> None:
    # x = (1, 2): Z[1] = (1 + 4 + 5, 3 - 8 + 6) = (10, 1), A[1] = (10, 1), A[2] = 70 + 8 + 9 = 87.
    # x = (0, 3): Z[1] = (6 + 5, -12 + 6) = (11, -6), A[1] = (11, 0), A[2] = 77 + 9 = 86.
    A = small(dtype).predict([[1, 2], [0, 3]])
    assert A.dtype == dtype
    np.testing.assert_array_equal(A, [[87], [86]])


def test_cost_and_gradient_by_hand() -> None:
    # x = (1, 2), y = 85: A[2] = 87, J = 1/2 2^2 = 2. dZ[2] = 2, dW[2] = 2 (10, 1), db[2] = 2.
    # dA[1] = 2 (7, 8), both units active: dW[1] = (14, 16)^T (1, 2), db[1] = (14, 16).
    cost, gradient = small().cost_and_gradient([[1, 2]], [85])
    assert cost == 2
    np.testing.assert_array_equal(gradient, [14, 16, 28, 32, 14, 16, 20, 2, 2])
    # l2 / 2 sum W^2 = 1/4 (1 + 4 + 9 + 16 + 49 + 64) = 35.75, l1 sum |W| = 2 * 25 = 50.
    cost, _ = small().cost_and_gradient([[1, 2]], [85], l1=2, l2=0.5)
    assert cost == 2 + 35.75 + 50


def test_ctrl_c_ends_a_long_evaluation() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20_000, 100)).astype("float32"), rng.normal(size=(20_000, 1)).astype("float32")
    network = ds.Network(100, [ds.Dense(1000, "relu"), ds.Dense(1000, "relu"), ds.Dense(1)], seed=0)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        deque(network.cost_and_gradient(X, y) for _ in itertools.repeat(None))
    assert np.isfinite(network.cost_and_gradient(X[:10], y[:10])[0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_parameters_are_W_by_column_and_then_b_layer_by_layer(dtype: str) -> None:
    network = small(dtype)
    np.testing.assert_array_equal(network.parameters, [1, 3, 2, -4, 5, 6, 7, 8, 9])
    assert network.parameters.dtype == dtype
    assert network.parameters.ctypes.data % 64 == 0
    assert [(layer.W.shape, layer.b.shape) for layer in network.layers] == [
        ((2, 2), (2, 1)),
        ((1, 2), (1, 1)),
    ]


def test_views_are_the_parameters() -> None:
    network = small()
    network.parameters[0] = 100
    assert network.layers[0].W[0, 0] == 100
    network.layers[1].b += 1
    assert network.parameters[-1] == 10
    network.parameters = np.zeros(9)
    assert not network.layers[0].W.any()


def test_views_keep_the_network_alive() -> None:
    W, parameters = small().layers[0].W, small().parameters
    gc.collect()
    np.testing.assert_array_equal(W, [[1, 2], [3, -4]])
    np.testing.assert_array_equal(parameters, [1, 3, 2, -4, 5, 6, 7, 8, 9])


def test_a_wrong_shape_cannot_be_assigned() -> None:
    with pytest.raises(ValueError, match="rank-1"):
        small().layers[0].b = [1, 2, 3]


@pytest.mark.parametrize(
    ("activation", "scheme"), [("relu", "he"), ("gelu", "he"), ("tanh", "xavier"), ("linear", "xavier")]
)
def test_auto_starts_rectifiers_as_he_and_the_others_as_xavier(activation: str, scheme: str) -> None:
    auto, named = (ds.Network(5, [ds.Dense(4, activation, init=init)], seed=1) for init in ("auto", scheme))
    np.testing.assert_array_equal(auto.parameters, named.parameters)


@pytest.mark.parametrize("short", ["he", "xavier", "lecun"])
def test_short_names_mean_normal(short: str) -> None:
    one, other = (ds.Network(5, [ds.Dense(4, init=init)], seed=1) for init in (short, f"{short}_normal"))
    np.testing.assert_array_equal(one.parameters, other.parameters)


@pytest.mark.parametrize(
    ("init", "deviation", "limit"),
    [
        (("normal", 0.01), 0.01, np.inf),
        (("uniform", 0.1), 0.1 / np.sqrt(3), 0.1),
        ("he_normal", np.sqrt(2 / 200), np.inf),
        ("he_uniform", np.sqrt(2 / 200), np.sqrt(6 / 200)),
        ("xavier_normal", np.sqrt(2 / 500), np.inf),
        ("xavier_uniform", np.sqrt(2 / 500), np.sqrt(6 / 500)),
        ("lecun_normal", np.sqrt(1 / 200), np.inf),
        ("lecun_uniform", np.sqrt(1 / 200), np.sqrt(3 / 200)),
    ],
)
def test_the_spread_of_what_is_drawn(init: str | tuple[str, float], deviation: float, limit: float) -> None:
    layer = ds.Network(200, [ds.Dense(300, init=init)], seed=3, dtype="float64").layers[0]
    # 60,000 draws: 5 standard errors are 1.5 % of a normal's deviation, and for the mean as below.
    assert layer.W.std() == pytest.approx(deviation, rel=0.015)
    assert abs(layer.W.mean()) < 5 * deviation / np.sqrt(layer.W.size)
    assert np.abs(layer.W).max() <= limit
    assert not layer.b.any()


def test_zeros_and_given_arrays() -> None:
    W = np.arange(6.0).reshape(2, 3)
    network = ds.Network(3, [ds.Dense(2, init=W), ds.Dense(1, "linear", init="zeros")], seed=0)
    np.testing.assert_array_equal(network.layers[0].W, W)
    assert not network.layers[1].W.any()


def test_same_seed_same_weights_and_layers_differ() -> None:
    one, same, other = (ds.Network(4, [ds.Dense(4), ds.Dense(4)], seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.parameters, same.parameters)
    assert (one.layers[0].W != other.layers[0].W).all()
    assert (one.layers[0].W != one.layers[1].W).all()


def test_without_a_seed_one_is_drawn_and_kept() -> None:
    one, other = (ds.Network(4, [ds.Dense(4)]) for _ in range(2))
    assert one.seed != other.seed
    np.testing.assert_array_equal(ds.Network(4, [ds.Dense(4)], seed=one.seed).parameters, one.parameters)


@pytest.mark.parametrize("dtype", [*DTYPES, np.float32, np.dtype("f8"), float])
def test_dtypes_by_name_or_type(dtype: object) -> None:
    assert ds.Network(1, [ds.Dense(1)], dtype=dtype).parameters.dtype == np.dtype(dtype)  # type: ignore[arg-type]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize("dtype", DTYPES)
def test_copies_are_equal_and_independent(duplicate: type, dtype: str) -> None:
    network = ds.Network(3, [ds.Dense(2, "gelu", dropout=0.25), ds.Dense(2, "softmax")], seed=5, dtype=dtype)
    network.parameters += 1
    twin = duplicate(network)
    assert repr(twin) == repr(network)
    np.testing.assert_array_equal(twin.parameters, network.parameters)
    twin.parameters[:] = 0
    assert network.parameters.all()


def test_representations() -> None:
    network = ds.Network(3, [ds.Dense(200, dropout=0.5), ds.Dense(2, "softmax")], seed=5)
    written = "Network(3, [Dense(200, 'relu', dropout=0.5), Dense(2, 'softmax')], seed=5, dtype='float32')"
    assert repr(network) == written
    assert repr(eval(written, vars(ds))) == written
    assert repr(network.layers[1]) == "Layer(2, 'softmax', n_inputs=200)"
    assert str(network).splitlines() == [
        "layer  activation         W         b  parameters",
        "-----  ----------  --------  --------  ----------",
        "1            relu  (200, 3)  (200, 1)         800",
        "2         softmax  (2, 200)    (2, 1)         402",
        "all                                         1,202",
    ]


def test_predict_refuses_what_train_refuses() -> None:
    with pytest.raises(ValueError, match=r"X has shape \(2,\).*X\.reshape"):
        small().predict([1, 2])
    with pytest.raises(ValueError, match=r"X\[0, 1\] is nan"):
        small().predict([[1, np.nan]])


def test_no_rows_have_no_predictions() -> None:
    assert small().predict(np.empty((0, 2))).shape == (0, 1)


@pytest.mark.parametrize(
    ("layers", "error", "sentence"),
    [
        ([], ValueError, "layers is empty"),
        ([ds.Dense(2), "relu"], TypeError, r"layers\[1\] is 'relu': give a Dense"),
        ([ds.Dense(2, "softmax"), ds.Dense(2)], ValueError, r"layers\[0\] has the activation 'softmax'"),
        ([ds.Dense(2, dropout=0.5)], ValueError, "output layer has dropout 0.5"),
        (
            [ds.Dense(2, init=np.ones((3, 2)))],
            ValueError,
            r"layers\[0\].init has shape \(3, 2\): give shape \(2, 3\)",
        ),
        ([ds.Dense(2, init=[[1, 2, np.inf]] * 2)], ValueError, r"layers\[0\].init\[0, 2\] is inf"),
    ],
)
def test_layers_that_make_no_network(layers: list[ds.Dense], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        ds.Network(3, layers)


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "sentence"),
    [
        ((0,), {}, ValueError, "units is 0: give a whole number of at least 1"),
        ((2.5,), {}, TypeError, "units is 2.5"),
        ((True,), {}, TypeError, "units is True"),
        ((2, "rleu"), {}, ValueError, "activation 'rleu' is unknown: did you mean 'relu'"),
        ((2, None), {}, TypeError, "activation is None: give one of the names linear"),
        ((2,), {"dropout": 1}, ValueError, "dropout is 1: give a number of at least 0 and below 1"),
        ((2,), {"init": "hee"}, ValueError, "init 'hee' is unknown: did you mean 'he'"),
        ((2,), {"init": "normal"}, ValueError, r'needs a scale: give \("normal", 0.01\)'),
        ((2,), {"init": ("gauss", 1)}, ValueError, "init 'gauss' is unknown"),
        ((2,), {"init": ("normal", -1)}, ValueError, "scale of init 'normal' is -1"),
    ],
)
def test_layers_that_cannot_be(
    arguments: tuple[object, ...], settings: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        ds.Dense(*arguments, **settings)  # type: ignore[arg-type]


def test_networks_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="n_inputs is 0"):
        ds.Network(0, [ds.Dense(1)])
    for dtype in ("float16", "single precision", None):
        with pytest.raises(ValueError, match=r"dtype is .*: give 'float32' or 'float64'"):
            ds.Network(1, [ds.Dense(1)], dtype=dtype)


def test_every_activation_that_the_core_has_makes_a_layer() -> None:
    for activation in _core.ACTIVATIONS:
        network = ds.Network(3, [ds.Dense(2, activation)], seed=0)
        assert network.layers[0].activation == activation
        assert np.isfinite(network.predict(np.ones((1, 3)))).all()
