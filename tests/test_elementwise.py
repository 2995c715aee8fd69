"""Activations, softmax, and the vector functions under them."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

import oracle
from descend import _core
from twins import DTYPES
from vectors import lanes, sizes

HEADER = Path(__file__).parents[1] / "cpp" / "descend" / "kernels" / "vector_math.hpp"

# Units in the last place, as the functions' comments state them.
BOUNDS = {
    name: float(bound)
    for bound, name in re.findall(
        r"within ([\d.]+) ulp.*\n(?:///.*\n)*template <class T>\nDESCEND_INLINE Vec<T> (\w+)\(",
        HEADER.read_text(),
    )
}


def erf(x: NDArray[np.longdouble]) -> NDArray[np.longdouble]:
    """2 x e^(-x^2) / sqrt(pi) * sum over k of (2 x^2)^k / (1 * 3 * ... * (2 k + 1)): no term is negative."""
    term, total = np.ones_like(x), np.ones_like(x)
    for k in range(1, 200):
        term = term * (2 * x * x / (2 * k + 1))
        total = total + term
    return 2 * x * np.exp(-x * x) / np.sqrt(np.arctan(np.longdouble(1)) * 4) * total


Reference = Callable[..., NDArray[np.floating]]
LONG: dict[str, Reference] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "erf": lambda x: erf(np.clip(x, -7, 7)),
}
DOUBLE = LONG | {"erf": special.erf, "sigmoid": special.expit}
# Where the functions are interesting, for float64; every float32 is fair.
RANGES = {
    "exp": (-708, 709.7),
    "expm1": (-40, 709.7),
    "sigmoid": (-708, 40),
    "log": (1e-300, 1e300),
    "log1p": (-1 + 1e-9, 1e300),
    "tanh": (-20, 20),
    "erf": (-7, 7),
}


def error_in_ulp(y: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """The largest error of y, in units in the last place of the reference; where that is a normal number."""
    limits = np.finfo(y.dtype)
    normal = (np.abs(reference) >= limits.smallest_normal) & (np.abs(reference) <= limits.max)
    spacing = np.spacing(np.abs(reference[normal]).astype(y.dtype)).astype(reference.dtype)
    return float(np.max(np.abs(y[normal].astype(reference.dtype) - reference[normal]) / spacing, initial=0))


def test_the_header_states_a_bound_for_every_function() -> None:
    assert BOUNDS.keys() == LONG.keys()


@pytest.mark.parametrize("name", BOUNDS)
def test_error_bound_over_all_float32(name: str) -> None:
    bits = np.arange(0, 2**32, 4999, dtype=np.uint64).astype(np.uint32)
    x = bits.view(np.float32)
    x = x[~(np.abs(x) < np.finfo(np.float32).smallest_normal) & np.isfinite(x)]
    with np.errstate(all="ignore"):
        reference = DOUBLE[name](x.astype(np.float64))
        y = getattr(_core, f"vector_{name}")(x)
        assert np.array_equal(np.isnan(y), np.isnan(reference))
        assert error_in_ulp(y, reference) <= BOUNDS[name]


@pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="numpy.longdouble is no wider than float64 here"
)
@pytest.mark.parametrize("name", BOUNDS)
def test_error_bound_over_float64(name: str) -> None:
    rng = np.random.default_rng(0)
    low, high = RANGES[name]
    small = rng.choice([-1, 1], 100_000) * 2.0 ** rng.uniform(-30, 3, 100_000)
    x = np.concatenate([rng.uniform(low, high, 50_000), np.clip(small, low, high)])
    y = getattr(_core, f"vector_{name}")(x)
    assert error_in_ulp(y, LONG[name](x.astype(np.longdouble))) <= BOUNDS[name]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BOUNDS)
def test_the_ends_of_the_range(name: str, dtype: str) -> None:
    limits = np.finfo(dtype)
    x = np.array([np.inf, -np.inf, np.nan, 0, -1, -2, 1e4, -1e4, limits.max, limits.min], dtype)
    with np.errstate(all="ignore"):
        reference = DOUBLE[name](x.astype(np.float64)).astype(dtype)
    np.testing.assert_allclose(getattr(_core, f"vector_{name}")(x), reference, rtol=4 * limits.eps, atol=0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BOUNDS)
def test_a_result_does_not_depend_on_its_place(name: str, dtype: str) -> None:
    f = getattr(_core, f"vector_{name}")
    x = np.random.default_rng(1).uniform(0, 3, 4 * lanes(dtype) + 5).astype(dtype)
    y = f(x)
    for n in sizes(dtype):
        assert np.array_equal(f(x[:n]), y[:n])
        assert np.array_equal(f(x[n:]), y[n:])


def tolerance(dtype: str, z: NDArray[np.floating]) -> NDArray[np.floating]:
    """A few roundings of the largest number that goes into g or g' at z."""
    return 8 * np.finfo(dtype).eps * (1 + np.abs(z))


@pytest.mark.parametrize("naive", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", oracle.ACTIVATIONS)
def test_activations_and_derivatives(activation: str, dtype: str, naive: bool) -> None:
    g, derivative = oracle.ACTIVATIONS[activation]
    rng = np.random.default_rng(2)
    for n in sizes(dtype):
        Z, dA = (rng.normal(0, 2, n).astype(dtype) for _ in range(2))
        z = Z.astype(np.float64)
        A = _core.activation_forward(Z, activation, naive)
        dZ = _core.activation_backward(dA, Z, activation, naive)
        assert A.dtype == dZ.dtype == np.dtype(dtype)
        scale = np.maximum(1, np.abs(g(z)))
        assert np.all(np.abs(A - g(z)) <= tolerance(dtype, z) * scale)
        assert np.all(np.abs(dZ - dA * derivative(z)) <= tolerance(dtype, z) * scale * np.abs(dA))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", oracle.ACTIVATIONS)
def test_an_activation_does_not_depend_on_its_place(activation: str, dtype: str) -> None:
    rng = np.random.default_rng(3)
    Z, dA = (rng.normal(0, 2, 4 * lanes(dtype) + 5).astype(dtype) for _ in range(2))
    A, dZ = _core.activation_forward(Z, activation), _core.activation_backward(dA, Z, activation)
    for n in sizes(dtype):
        assert np.array_equal(_core.activation_forward(Z[n:], activation), A[n:])
        assert np.array_equal(_core.activation_forward(Z[:n], activation), A[:n])
        assert np.array_equal(_core.activation_backward(dA[n:], Z[n:], activation), dZ[n:])
        assert np.array_equal(_core.activation_backward(dA[:n], Z[:n], activation), dZ[:n])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", oracle.ACTIVATIONS)
def test_activations_are_stable_far_out(activation: str, dtype: str) -> None:
    Z = np.array([-1e4, 1e4], dtype)
    A = _core.activation_forward(Z, activation)
    dZ = _core.activation_backward(np.ones_like(Z), Z, activation)
    if activation == "exp":
        assert A.tolist() == dZ.tolist() == [0, np.inf]
        return
    g, derivative = oracle.ACTIVATIONS[activation]
    np.testing.assert_allclose(A, g(Z.astype(np.float64)), rtol=np.finfo(dtype).eps, atol=1e-30)
    np.testing.assert_allclose(dZ, derivative(Z.astype(np.float64)), rtol=np.finfo(dtype).eps, atol=1e-30)


@pytest.mark.parametrize("activation", oracle.ACTIVATIONS)
def test_derivatives_are_those_of_central_differences(activation: str) -> None:
    """On both sides of zero, where relu and leaky_relu have their kinks; at zero too for the others."""
    kinked = activation in ("relu", "leaky_relu")
    Z = np.array([-3, -1e-2, 1e-2, 0.5, 3] + ([] if kinked else [0.0]))
    h = 1e-5
    difference = (
        _core.activation_forward(Z + h, activation) - _core.activation_forward(Z - h, activation)
    ) / (2 * h)
    # elu's second derivative jumps at zero: half the jump times h / 2.
    atol = 3e-6 if activation == "elu" else 1e-9
    np.testing.assert_allclose(
        _core.activation_backward(np.ones_like(Z), Z, activation), difference, rtol=1e-8, atol=atol
    )


@pytest.mark.parametrize(("activation", "at_kink"), [("relu", 0), ("leaky_relu", 0.01), ("elu", 1)])
def test_derivatives_at_the_kinks(activation: str, at_kink: float) -> None:
    for dtype in DTYPES:
        Z = np.zeros(3, dtype)
        dZ = _core.activation_backward(np.ones_like(Z), Z, activation)
        assert np.array_equal(dZ, np.full(3, at_kink, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", oracle.ACTIVATIONS)
def test_nan_stays_nan(activation: str, dtype: str) -> None:
    assert np.isnan(_core.activation_forward(np.full(3, np.nan, dtype), activation)).all()


def test_shape_and_order_are_kept() -> None:
    Z = np.random.default_rng(4).normal(size=(5, 7))
    expected = np.tanh(Z)
    for order in "CF":
        A = _core.activation_forward(np.asarray(Z, order=order), "tanh")
        assert A.shape == Z.shape
        assert A.flags[f"{order}_CONTIGUOUS"]
        np.testing.assert_allclose(A, expected, rtol=1e-15)
    assert _core.activation_forward(np.array(0.5), "tanh").shape == ()


def test_what_does_not_fit_is_refused() -> None:
    Z = np.zeros((4, 6))
    with pytest.raises(ValueError, match=r"Z \(4, 3\) is not contiguous"):
        _core.activation_forward(Z[:, ::2], "relu")
    with pytest.raises(ValueError, match=r"dA \(6, 4\) and Z \(4, 6\) must have the same shape"):
        _core.activation_backward(np.zeros((6, 4)), Z, "relu")
    with pytest.raises(ValueError, match="unknown activation 'rleu'; choose one of linear, exp"):
        _core.activation_forward(Z, "rleu")
    with pytest.raises(ValueError, match="softmax is no element-wise activation"):
        _core.activation_forward(Z, "softmax")


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax(dtype: str) -> None:
    rng = np.random.default_rng(5)
    for n in sizes(dtype)[1:]:
        for m in (0, 1, 3):
            Z = rng.normal(0, 5, (m, n)).astype(dtype)
            A = _core.softmax(Z)
            np.testing.assert_allclose(
                A, special.softmax(Z.astype(np.float64), axis=1), rtol=16 * np.finfo(dtype).eps
            )
            assert np.array_equal(A[:1], _core.softmax(Z[:1]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_far_out(dtype: str) -> None:
    Z = np.array([[1e4, -1e4, 1e4], [-1e4, -1e4, -1e4]], dtype)
    np.testing.assert_allclose(
        _core.softmax(Z), [[0.5, 0, 0.5], [1 / 3, 1 / 3, 1 / 3]], rtol=2 * np.finfo(dtype).eps
    )
