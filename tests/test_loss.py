"""The block that closes the forward pass: losses and dZ of every pair of output activation and loss."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

import oracle
from descend import _core
from twins import DTYPES, PAIRS
from vectors import lanes

PARAMETERS = {"huber": 0.75, "quantile": 0.3}
ORACLE = oracle.LOSSES | {"huber": oracle.huber(0.75), "quantile": oracle.quantile(0.3)}
Rows = NDArray[np.floating]


def loss_of(name: str) -> _core.Loss:
    return _core.Loss(name, PARAMETERS.get(name, 0.0))


def activation(output: str, Z: Rows) -> Rows:
    """A for rows Z."""
    return oracle.softmax(Z.T).T if output == "softmax" else oracle.ACTIVATIONS[output][0](Z)


def expected(output: str, loss: str, Z: Rows, Y: Rows) -> tuple[Rows, Rows]:
    """L (m,) and dL/dZ (m, n) in float64, from the oracle's equations."""
    Z, Y = Z.T.astype(np.float64), Y.T.astype(np.float64)
    of = ORACLE[loss]
    if of.of_logits:
        return of.value(Z, Y), of.derivative(Z, Y).T
    if output == "softmax":
        A = oracle.softmax(Z)
        dA = of.derivative(A, Y)
        return of.value(A, Y), (A * (dA - (A * dA).sum(axis=0))).T
    g, derivative = oracle.ACTIVATIONS[output]
    return of.value(g(Z), Y), (of.derivative(g(Z), Y) * derivative(Z)).T


def targets(loss: str, m: int, n: int, rng: np.random.Generator) -> Rows:
    if loss == "binary_cross_entropy":
        return rng.integers(2, size=(m, n)).astype(np.float64)
    if loss == "cross_entropy":
        return np.eye(n)[rng.integers(n, size=m)]
    if loss == "poisson":
        return rng.poisson(2, (m, n)).astype(np.float64)
    return rng.normal(size=(m, n))


def cases(loss: str, dtype: str) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Z, Y and weights: no, one and odd numbers of examples and outputs, and on both sides of vectors."""
    rng = np.random.default_rng(0)
    around = (lanes(dtype) - 1, lanes(dtype), lanes(dtype) + 1, 2 * lanes(dtype) + 3)
    for m, n in [(0, 3), (1, 1), *((m, 1) for m in around), (5, 2), (3, 10), *((3, n) for n in around)]:
        Z, Y, w = rng.normal(0, 2, (m, n)), targets(loss, m, n, rng), rng.uniform(0.1, 1, m)
        yield Z.astype(dtype), Y.astype(dtype), (w / w.sum() if m else w).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_losses_and_derivatives(output: str, loss: str, dtype: str) -> None:
    for Z, Y, w in cases(loss, dtype):
        example_loss, dZ = _core.close_forward(Z, Y, output, loss_of(loss), w)
        L, dL = expected(output, loss, Z, Y)
        # Roundings of the largest numbers that are added, of which there are n.
        with np.errstate(over="ignore"):
            size = (
                1 + np.abs(Z).max(initial=0) + np.abs(activation(output, Z.astype(np.float64))).max(initial=0)
            )
        if loss == "poisson":
            size += np.exp(np.abs(Z).max(initial=0))
        bound = 32 * np.finfo(dtype).eps * size**2
        assert example_loss.dtype == np.float64
        assert dZ.dtype == np.dtype(dtype)
        np.testing.assert_allclose(example_loss, L, rtol=0, atol=bound * max(1, np.sqrt(Z.shape[1])))
        np.testing.assert_allclose(dZ, w[:, None] * dL, rtol=0, atol=bound)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_derivatives_are_those_of_central_differences(output: str, loss: str) -> None:
    """On both sides of every kink: the loss at A = Y, huber at |A - Y| = delta, the activation at Z = 0."""
    rng = np.random.default_rng(1)
    h = 1e-5
    for n in (1, 3):
        Z = rng.choice([-1.0, 1.0], (40, n)) * rng.uniform(0.01, 2, (40, n))
        if loss in ("binary_cross_entropy", "cross_entropy", "poisson"):
            Y = targets(loss, 40, n, rng)
        else:
            offset = PARAMETERS["huber"] if loss == "huber" else 0.0
            Y = activation(output, Z) + rng.choice([-1, 1], Z.shape) * (
                offset + rng.choice([-0.1, 0.1], Z.shape)
            )
        loss_object = loss_of(loss)
        dZ = _core.close_forward(Z, Y, output, loss_object, np.ones(40))[1]
        for j in range(n):
            step = np.zeros(n)
            step[j] = h
            above, below = (_core.close_forward(Z + s, Y, output, loss_object)[0] for s in (step, -step))
            np.testing.assert_allclose(dZ[:, j], (above - below) / (2 * h), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
def test_the_derivative_at_a_kink_is_zero(loss: str) -> None:
    Z = np.array([[0.5], [-1.0]])
    example_loss, dZ = _core.close_forward(Z, Z, "linear", loss_of(loss), np.ones(2))
    assert not example_loss.any()
    assert not dZ.any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_stable_far_out(output: str, loss: str, dtype: str) -> None:
    """Logits of 1e4: losses and derivatives are finite, unless e^1e4 itself is asked for, and never NaN."""
    Z = np.array([[1e4, -1e4, 1e4, 0], [-1e4, -1e4, -1e4, -1e4]], dtype)
    Y = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], dtype)
    example_loss, dZ = _core.close_forward(Z, Y, output, loss_of(loss), np.ones(2, dtype))
    assert not np.isnan(example_loss).any()
    assert not np.isnan(dZ).any()
    if output != "exp" and loss != "poisson":
        assert np.isfinite(example_loss).all()
        assert np.isfinite(dZ).all()
    if loss == "cross_entropy":
        L, dL = (
            -(Y * special.log_softmax(Z.astype(np.float64), axis=1)).sum(axis=1),
            special.softmax(Z, axis=1) - Y,
        )
    elif loss == "binary_cross_entropy":
        L, dL = np.where(Z > 0, (1 - Y) * Z, -Y * Z).sum(axis=1) + np.log([2, 1]), special.expit(Z) - Y
    else:
        return
    np.testing.assert_allclose(example_loss, L, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(dZ, dL, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_confident_answer_still_has_a_relative_error(dtype: str) -> None:
    """binary_cross_entropy where A rounds to 1 or 0: neither the loss nor its derivative cancels."""
    z = np.array([[40.0], [-40.0]], dtype)
    example_loss, dZ = _core.close_forward(
        z, np.array([[1], [0]], dtype), "sigmoid", _core.Loss("binary_cross_entropy"), np.ones(2, dtype)
    )
    np.testing.assert_allclose(example_loss, np.exp(-40), rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(dZ[:, 0], [-np.exp(-40), np.exp(-40)], rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_an_example_does_not_depend_on_the_others(output: str, loss: str, dtype: str) -> None:
    for Z, Y, w in cases(loss, dtype):
        example_loss, dZ = _core.close_forward(Z, Y, output, loss_of(loss), w)
        for i in range(len(Z)):
            one_loss, one_dZ = _core.close_forward(Z[i:], Y[i:], output, loss_of(loss), w[i:])
            assert np.array_equal(one_loss, example_loss[i:])
            assert np.array_equal(one_dZ, dZ[i:])
        assert np.array_equal(_core.close_forward(Z, Y, output, loss_of(loss))[0], example_loss)


@pytest.mark.parametrize("output", ["softmax", "linear"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_class_numbers_mean_one_hot_rows(dtype: str, output: str) -> None:
    rng = np.random.default_rng(2)
    loss = _core.Loss("cross_entropy")
    for m, n in [(1, 1), (3, 2), (20, 10), (lanes(dtype) + 1, 2 * lanes(dtype) + 1)]:
        Z, w = rng.normal(0, 3, (m, n)).astype(dtype), rng.uniform(0, 1, m).astype(dtype)
        label = rng.integers(n, size=m).astype(np.int32)
        by_number = _core.close_forward(Z, label, output, loss, w)
        by_row = _core.close_forward(Z, np.eye(n, dtype=dtype)[label], output, loss, w)
        for one, other in zip(by_number, by_row, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=16 * np.finfo(dtype).eps)


def test_rows_need_not_sum_to_one() -> None:
    """L = -sum y log a, with y (0.5, 1): its derivative is 1.5 a - y."""
    Z, Y = np.array([[0.3, -0.2]]), np.array([[0.5, 1.0]])
    A = oracle.softmax(Z.T).T
    example_loss, dZ = _core.close_forward(Z, Y, "softmax", _core.Loss("cross_entropy"), np.ones(1))
    np.testing.assert_allclose(example_loss, -(Y * np.log(A)).sum(axis=1), rtol=1e-14)
    np.testing.assert_allclose(dZ, 1.5 * A - Y, rtol=1e-14)


def test_every_other_pair_is_an_error_that_names_both() -> None:
    for output in _core.ACTIVATIONS:
        for loss in _core.LOSSES:
            if (output, loss) in PAIRS:
                _core.check_pair(output, loss)
                continue
            with pytest.raises(
                ValueError, match=f"'{output}' does not go with the loss '{loss}'; the pairs that exist"
            ):
                _core.check_pair(output, loss)


def test_unknown_names() -> None:
    with pytest.raises(ValueError, match="unknown loss 'mse'; choose one of binary_cross_entropy"):
        _core.Loss("mse")


@pytest.mark.parametrize(
    ("loss", "refused", "rule"),
    [
        ("huber", [0, -1, np.inf, np.nan], "delta {}; it must be finite and above 0"),
        ("quantile", [0, 1, -0.1, np.nan], r"q {}; it must lie in \(0, 1\)"),
        ("cross_entropy", [-0.1, 1, np.nan], r"label smoothing {}; it must lie in \[0, 1\)"),
        ("binary_cross_entropy", [-0.1, 1, np.nan], r"label smoothing {}; it must lie in \[0, 1\)"),
        ("squared_error", [0.5, np.nan], "parameter {}; it takes none"),
    ],
)
def test_a_parameter_out_of_range(loss: str, refused: list[float], rule: str) -> None:
    for parameter in refused:
        with pytest.raises(ValueError, match=f"the loss '{loss}' has the {rule.format(f'{parameter:g}')}$"):
            _core.Loss(loss, parameter)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "cross_entropy"])
def test_smoothed_labels_are_targets_that_are_less_certain(loss: str, dtype: str) -> None:
    s = 0.3
    for Z, Y, w in cases(loss, dtype):
        n = Z.shape[1]
        smoothed = (1 - s) * Y + (s / n if loss == "cross_entropy" else s / 2)
        L, dL = expected("linear", loss, Z, smoothed)
        targets = [Y, Y.argmax(axis=1).astype(np.int32)] if loss == "cross_entropy" else [Y]
        for given in targets:
            example_loss, dZ = _core.close_forward(Z, given, "linear", _core.Loss(loss, s), w)
            eps = 40 * n * np.finfo(dtype).eps
            np.testing.assert_allclose(example_loss, L, rtol=eps, atol=eps)
            np.testing.assert_allclose(dZ, dL * w[:, None], rtol=0, atol=eps)
