"""Losses and activations of one's own: as good as the built-in ones, in every place where these go."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import descend as ds
import oracle
from descend import graph
from descend.graph import Activation, Loss, Node
from twins import DTYPES, assert_close

Array = NDArray[np.floating]
h = np.cbrt(np.finfo(np.float64).eps)

# The built-in ones once more, as graphs.
ACTIVATIONS: dict[str, Callable[[Node], Node]] = {
    "exp": graph.exp,
    "sigmoid": graph.sigmoid,
    "tanh": graph.tanh,
    "relu": graph.relu,
    "leaky_relu": lambda z: graph.where(z > 0, z, 0.01 * z),
    "elu": lambda z: graph.where(z > 0, z, graph.exp(-graph.relu(-z)) - 1),
    "silu": lambda z: z * graph.sigmoid(z),
    "softplus": lambda z: graph.relu(z) + graph.log(1 + graph.exp(-abs(z))),
}
LOSSES: dict[str, tuple[str, Callable[[Node, Node], Node]]] = {
    "squared_error": ("linear", lambda a, y: graph.mean((a - y) ** 2) / 2),
    "absolute_error": ("tanh", lambda a, y: graph.mean(abs(a - y))),
    "huber": (
        "linear",
        lambda a, y: graph.mean(graph.where(abs(a - y) <= 1, (a - y) ** 2 / 2, abs(a - y) - 0.5)),
    ),
    "binary_cross_entropy": (
        "sigmoid",
        lambda a, y: -graph.sum(y * graph.log(a) + (1 - y) * graph.log(1 - a)),
    ),
    "cross_entropy": ("softmax", lambda a, y: -graph.sum(y * graph.log(a))),
    "poisson": ("exp", lambda a, y: graph.mean(a - y * graph.log(a))),
}
LOGITS: dict[str, Callable[[Node, Node], Node]] = {
    "cross_entropy": lambda z, y: graph.logsumexp(z) - graph.sum(y * z),
    "binary_cross_entropy": lambda z, y: graph.sum(graph.relu(z) - y * z + graph.log(1 + graph.exp(-abs(z)))),
}


def named(
    function: Callable[..., Node], kind: type[Activation] | type[Loss] = Activation
) -> Activation | Loss:
    return kind(function, "mine")


def examples(loss: str, m: int, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    X = rng.standard_normal((m, 5))
    Y = rng.standard_normal((m, n))
    if loss == "cross_entropy":
        Y = oracle.one_hot(rng.integers(n, size=m), n).T
    elif loss == "binary_cross_entropy":
        Y = rng.integers(2, size=(m, n)).astype(float)
    elif loss == "poisson":
        Y = rng.poisson(1.5, size=(m, n)).astype(float)
    return X, Y


def network(hidden: object, output: object, n: int = 3, *, units: int = 37, **options: object) -> ds.Network:
    layers = [ds.Dense(units, hidden, init="he"), ds.Dense(n, output, init="xavier")]
    return ds.Network(5, layers, seed=1, **options)  # type: ignore[arg-type]


def assert_same(
    ours: ds.Network, mine: ds.Network, loss: str, my_loss: str | Loss, m: int, rng: object
) -> None:
    """The same predictions, costs and gradients, but for rounding."""
    assert isinstance(rng, np.random.Generator)
    X, Y = examples(loss, m, ours.n_outputs, rng)
    weight = rng.uniform(0.5, 2, m)
    dtype = ours.dtype.name
    assert_close(mine.predict(X), ours.predict(X), dtype, 60)
    for options in ({}, {"sample_weight": weight, "l2": 0.1}):
        cost, gradient = ours.cost_and_gradient(X, Y, loss, **options)  # type: ignore[arg-type]
        my_cost, my_gradient = mine.cost_and_gradient(X, Y, my_loss, **options)  # type: ignore[arg-type]
        assert_close(my_cost, cost, dtype, 60)
        assert_close(my_gradient, gradient, dtype, 200)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("g", ACTIVATIONS)
def test_activations_as_graphs_are_the_built_in_ones(g: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    mine = named(ACTIVATIONS[g])
    for m in (1, 31, 100):
        assert_same(
            network(g, "linear", dtype=dtype),
            network(mine, "linear", dtype=dtype),
            "squared_error",
            "squared_error",
            m,
            rng,
        )
        assert_same(
            network("tanh", g, dtype=dtype), network("tanh", mine, dtype=dtype), "huber", "huber", m, rng
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("b", [0.0, 0.5, 1.7, 2.5, 3.0, 5.0, 8.0, 9.0, -0.5, -1.0, -2.0, -2.5])
def test_powers_and_their_derivatives(b: float, dtype: str) -> None:
    """z^b against NumPy in float64; each factor, and the loss's derivative, rounds once or twice."""
    z = np.random.default_rng(0).uniform(0.01, 20, (1000, 1)).astype(dtype)
    if b > 1:
        z[::3] = 0
    if b == int(b):
        z[::2] *= -1
    net = ds.Network(1, [ds.Dense(1, Activation(lambda z: z**b, "z^b"))], dtype=dtype)
    net.layers[0].W[:], net.layers[0].b[:] = 1, 0
    exact = z.astype(np.float64)
    rounding = 32 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(net.predict(z), exact**b, rtol=rounding)
    dZ = net.trace(z, np.zeros_like(z), loss="squared_error").dZ[1].T
    slope = b * exact ** (b - 1) if b else np.zeros_like(exact)
    np.testing.assert_allclose(dZ, exact**b * slope, rtol=rounding)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_as_graphs_are_the_built_in_ones(loss: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    output, mine = LOSSES[loss]
    for m, n in ((1, 3), (31, 1), (32, 2), (100, 7)):
        both = [network("tanh", output, n, dtype=dtype) for _ in range(2)]
        assert_same(both[0], both[1], loss, Loss(mine, "mine"), m, rng)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOGITS)
def test_losses_of_logits(loss: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    both = [network("relu", "linear", dtype=dtype) for _ in range(2)]
    assert_same(both[0], both[1], loss, Loss(LOGITS[loss], "mine"), 70, rng)


def test_an_activation_across_units_and_one_loss_through_the_other() -> None:
    """Softmax as a graph, in the output and, normalising its layer, in the middle; against differences."""
    rng = np.random.default_rng(3)
    X, Y = examples("cross_entropy", 40, 4, rng)
    softmax = Activation(graph.softmax, "mine")
    ours, mine = network("tanh", "softmax", 4, dtype="float64"), network("tanh", softmax, 4, dtype="float64")
    assert_same(ours, mine, "squared_error", "squared_error", 40, rng)

    def centred(z: Node) -> Node:
        d = z - graph.mean(z)
        return graph.tanh(d / graph.sqrt(graph.mean(d * d) + 1e-3)) * np.linspace(0.5, 1, 9)[:, None]

    loss = Loss(lambda a, y: -graph.sum(y * graph.log(a)) + 0.1 * graph.sum(a**3) ** 0.5, "mine")
    deep = network(Activation(centred, "centred"), softmax, 4, units=9, dtype="float64")
    _, gradient = deep.cost_and_gradient(X, Y, loss)
    for i in range(0, deep.n_parameters, 3):
        costs = []
        for side in (h, -h):
            deep.parameters[i] += side
            costs.append(deep.cost_and_gradient(X, Y, loss)[0])
            deep.parameters[i] -= side
        assert gradient[i] == pytest.approx((costs[0] - costs[1]) / (2 * h), rel=1e-6, abs=1e-8)


def mish(z: Node) -> Node:
    return z * graph.tanh(graph.log(1 + graph.exp(-abs(z))) + graph.relu(z))


def bent(z: Node) -> Node:
    return mish(z) + z**3 / 100 + (1 + z**2) ** 0.7


def log_cosh(a: Node, y: Node) -> Node:
    r = abs(a - y)
    return graph.mean(r + graph.log(1 + graph.exp(-2 * r)) - np.log(2))


def train(net: ds.Network, X: Array, Y: Array, loss: str | Loss, **options: object) -> ds.History:
    options = {"epochs": 4, "batch_size": 24, "seed": 3, "progress": False, **options}
    return ds.train(net, X, Y, loss=loss, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", DTYPES)
def test_training_has_the_same_bits_on_any_number_of_threads(dtype: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1000, 5))
    Y = np.sin(X[:, :2])
    layers = [
        ds.Dense(300, graph.activation(mish), dropout=0.1),
        ds.Dense(200, "relu"),
        ds.Dense(2, "linear"),
    ]
    trained = []
    for n_threads in (1, 2):
        net = ds.Network(5, layers, seed=1, dtype=dtype)
        history = train(net, X, Y, graph.loss(log_cosh), n_threads=n_threads, batch_size=200, validation=0.1)
        trained.append((net.parameters.copy(), history.cost, history.metrics["val_cost"]))
    assert np.array_equal(trained[0][0], trained[1][0])
    assert trained[0][1:] == trained[1][1:]
    assert trained[0][1][-1] < 0.7 * trained[0][1][0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("across", [False, True])
def test_a_row_is_predicted_with_the_same_bits_in_any_batch(dtype: str, across: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 5))
    g = Activation((lambda z: bent(z) - graph.mean(z)) if across else bent, "mine")
    net = network(g, g, dtype=dtype)
    whole = net.predict(X)
    for i in (0, 1, 33, 99):
        assert np.array_equal(net.predict(X[i : i + 1])[0], whole[i])
    assert np.array_equal(net.predict(X[7:60]), whole[7:60])


def test_python_takes_no_part_in_the_steps() -> None:
    calls = []

    def counted(a: Node, y: Node) -> Node:
        calls.append(a)
        return log_cosh(a, y)

    rng = np.random.default_rng(0)
    X = rng.standard_normal((64, 5))
    train(network("tanh", "linear", 1), X, X[:, 0], Loss(counted, "counted"), epochs=50)
    assert len(calls) == 1


def test_class_numbers_and_metrics() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 5))
    y = X[:, :3].argmax(axis=1)
    focal = Loss(lambda a, y: -graph.sum(y * (1 - a) ** 2 * graph.log(a)), "focal")
    net = network("relu", "softmax")
    options = {"metrics": ["accuracy"], "validation": 0.2, "class_weight": "balanced"}
    history = train(net, X, y, focal, epochs=20, batch_size=8, **options)
    assert history.metrics["val_accuracy"][-1] > 0.85
    one_hot = oracle.one_hot(y, 3).T
    assert net.cost_and_gradient(X, y, focal)[0] == net.cost_and_gradient(X, one_hot, focal)[0]
    assert ds.evaluate(net, X, y, ["accuracy", "log_loss"], loss=focal)["accuracy"] > 0.85


def test_saving_loading_and_pickling_keep_the_graph(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((50, 5)), rng.standard_normal((50, 3))

    def of_everything(z: Node) -> Node:
        halves = z[[1, 0, *range(2, 37)]] @ np.eye(1) + graph.where(z > 0, graph.maximum(z, 1), -z.T.T)
        return halves - graph.mean(z, axis=0) + graph.logsumexp(z) * graph.softmax(z) ** 2

    net = network(Activation(of_everything, "of_everything"), "linear")
    train(net, X, Y, "squared_error")
    path = tmp_path / "model.safetensors"
    ds.save(net, path)
    for copy in (ds.load(path), pickle.loads(pickle.dumps(net))):
        assert copy.layers[0].activation == "of_everything"
        assert np.array_equal(copy.predict(X), net.predict(X))
        train(copy, X, Y, "squared_error")
        again = tmp_path / "again.safetensors"
        ds.save(copy, again)
        assert np.array_equal(ds.load(again).predict(X), copy.predict(X))

    content = path.read_bytes()
    path.write_bytes(content.replace(b"logsumexp", b"logsumexq"))
    with pytest.raises(ValueError, match="is no model that descend saved, or is damaged"):
        ds.load(path)


def test_a_weight_of_zero_is_absence() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((40, 5)), rng.standard_normal((40, 3))
    weight = (np.arange(40) % 3 > 0).astype(float)
    net = network("tanh", "linear", dtype="float64")
    loss = Loss(log_cosh, "mine")
    cost, gradient = net.cost_and_gradient(X, Y, loss, sample_weight=weight)
    alone, of_alone = net.cost_and_gradient(X[weight > 0], Y[weight > 0], loss)
    assert cost == pytest.approx(alone, rel=1e-14)
    np.testing.assert_allclose(gradient, of_alone, rtol=1e-12, atol=1e-15)


X, Y = np.zeros((4, 5)), np.zeros((4, 3))
FREE = graph.variable(1.0, "free")


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: ds.Dense(3, mish), TypeError, "make it one with descend.graph.activation"),
        (
            lambda: ds.train(network("tanh", "linear"), X, Y, loss=log_cosh),
            TypeError,
            "make it one with descend.graph.loss",
        ),
        (lambda: Activation(mish, "relu"), ValueError, "'relu' is a built-in activation"),
        (lambda: graph.loss("huber"), TypeError, "'huber' is no function: give one that takes nodes"),  # type: ignore[arg-type]
        (lambda: Loss(log_cosh, "huber"), ValueError, "'huber' is a built-in loss"),
        (
            lambda: ds.Dense(3, named(lambda z: graph.sum(z))),
            ValueError,
            "mine makes a of shape () from z of",
        ),
        (
            lambda: ds.Dense(3, named(lambda z: z @ z)),
            ValueError,
            "matmul joins the shapes (3, 1) and (3, 1)",
        ),
        (
            lambda: ds.Dense(3, named(lambda z: 0 * FREE + z)),
            ValueError,
            "uses a variable that is not its arg",
        ),
        (
            lambda: ds.Dense(3, named(lambda z: z > 0)),
            ValueError,
            "mine has no derivative by its first argum",
        ),
        (
            lambda: network("tanh", "linear").cost_and_gradient(
                X, Y, Loss(lambda a, y: (a - y) ** 2, "mine")
            ),
            ValueError,
            "mine makes a loss of shape (3, 1), and the loss of an example is one number",
        ),
        (
            lambda: network("tanh", "linear").cost_and_gradient(X, Y[:, :2], Loss(log_cosh, "mine")),
            ValueError,
            "y has shape (4, 2), and the network has 3 outputs",
        ),
        (
            lambda: network("tanh", named(mish)).cost_and_gradient(X, Y, "cross_entropy"),
            ValueError,
            "the output activation 'custom' does not go with the loss 'cross_entropy'",
        ),
    ],
)
def test_errors_say_what_and_how(call: Callable[[], object], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=re.escape(sentence)):
        call()


def test_a_loss_that_overflows_diverges() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((64, 5))
    net = network("relu", "linear", 1)
    before = net.parameters.copy()
    with pytest.raises(ds.DivergedError):
        train(net, 100 * X, X[:, 0], Loss(lambda a, y: graph.sum(graph.exp(a * a)), "mine"))
    assert np.array_equal(net.parameters, before)


def test_the_core_takes_a_loss_for_its_own_number_of_outputs_only() -> None:
    core = network("tanh", "linear", dtype="float64").core
    with pytest.raises(ValueError, match="the loss 'mine' is one of 2 outputs; the network has 3"):
        core.cost(X, Y, Loss(log_cosh, "mine").core(2))


def test_a_graph_s_summary_and_representation() -> None:
    net = network(graph.activation(mish), "linear")
    assert "mish" in str(net)
    assert repr(net.layers[0]) == "Layer(37, 'mish', n_inputs=5)"
