"""The computation graph: values against NumPy, derivatives against central differences and PyTorch."""

from __future__ import annotations

import math
import operator
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special

from descend import graph
from descend.graph import Node
from descend.graph.layout import layered
from descend.graph.nodes import in_order

Array = NDArray[np.float64]
h = np.cbrt(np.finfo(np.float64).eps)


def test_the_course_s_example() -> None:
    a, b, c = graph.variable(5.0, "a"), graph.variable(3.0, "b"), graph.variable(2.0, "c")
    u = (b * c).named("u")
    v = (a + u).named("v")
    J = 3 * v
    J.backward()
    assert (u.value, v.value, J.value) == (6.0, 11.0, 33.0)
    assert (v.gradient, u.gradient, a.gradient, b.gradient, c.gradient) == (3.0, 3.0, 3.0, 6.0, 9.0)


@pytest.mark.parametrize(
    ("f", "value", "derivative"),
    [
        (lambda a: 3 * a, 15.0, 3.0),
        (lambda a: a**2, 25.0, 10.0),
        (lambda a: a**3, 125.0, 75.0),
        (graph.log, math.log(5), 0.2),
    ],
    ids=["3a", "a^2", "a^3", "log a"],
)
def test_the_course_s_derivatives(f: Callable[[Node], Node], value: float, derivative: float) -> None:
    a = graph.variable(5.0)
    J = f(a)
    J.backward()
    assert J.value == pytest.approx(value, rel=1e-15)
    assert a.gradient == pytest.approx(derivative, rel=1e-15)


# Every operation, over every shape that broadcasts

UNARY: dict[str, tuple[Callable[[Node], Node], Callable[[Array], Array]]] = {
    "negative": (lambda x: -x, np.negative),
    "abs": (abs, np.abs),
    "exp": (graph.exp, np.exp),
    "log": (lambda x: graph.log(abs(x)), lambda x: np.log(np.abs(x))),
    "sqrt": (lambda x: graph.sqrt(abs(x)), lambda x: np.sqrt(np.abs(x))),
    "sigmoid": (graph.sigmoid, special.expit),
    "tanh": (graph.tanh, np.tanh),
    "relu": (graph.relu, lambda x: np.maximum(x, 0)),
    "transpose": (lambda x: x.T, np.transpose),
    "rows": (lambda x: x[[-1, 0, 0]] if x.shape else x + 0, lambda x: x[[-1, 0, 0]] if x.ndim else x),
    "slice": (lambda x: x[1:] if x.shape[:1] > (1,) else x + 0, lambda x: x[1:] if x.shape[:1] > (1,) else x),
}
BINARY: dict[str, Callable[..., object]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: abs(a) ** b,
    "maximum": np.maximum,
    "where": lambda a, b: (
        graph.where(a > b, a * a, b)
        if isinstance(a, Node) or isinstance(b, Node)
        else np.where(a > b, a * a, b)
    ),
    "where not": lambda a, b: (
        graph.where(a <= b, a * a, b)
        if isinstance(a, Node) or isinstance(b, Node)
        else np.where(a <= b, a * a, b)
    ),
}
REDUCTIONS: dict[str, tuple[Callable[[Node, int | None], Node], Callable[[Array, int | None], Array]]] = {
    "sum": (graph.sum, lambda x, axis: np.sum(x, axis, keepdims=axis is not None)),
    "mean": (graph.mean, lambda x, axis: np.mean(x, axis, keepdims=axis is not None)),
    "logsumexp": (
        graph.logsumexp,
        lambda x, axis: np.asarray(special.logsumexp(x, axis, keepdims=axis is not None)),
    ),
    "softmax": (graph.softmax, lambda x, axis: special.softmax(x, axis)),
}

sizes = st.integers(1, 4)
shapes = st.one_of(st.just(()), st.tuples(sizes, sizes), st.tuples(st.integers(1, 3), st.integers(250, 300)))
seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, *shapes: tuple[int, ...]) -> list[Array]:
    """Numbers of both signs between 1/4 and 2, each of them far from every other."""
    rng = np.random.default_rng(seed)
    n = [math.prod(shape) for shape in shapes]
    numbers = rng.permutation(np.linspace(0.25, 2, sum(n))) * rng.choice([-1, 1], sum(n))
    parts = np.split(numbers, np.cumsum(n)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def assert_right(f: Callable[..., Node], oracle: Callable[..., object], *values: Array) -> None:
    """f's value is the oracle's, and its derivatives are central differences of the oracle."""
    variables = [graph.variable(value) for value in values]
    y = f(*variables)
    expected = np.asarray(oracle(*values))
    assert y.shape == expected.shape
    np.testing.assert_allclose(y.value, expected, rtol=1e-13, atol=1e-13)

    dy = np.random.default_rng(0).standard_normal(expected.shape)
    graph.sum(y * dy).backward()
    for i, (variable, value) in enumerate(zip(variables, values, strict=True)):
        gradient = np.asarray(variable.gradient)
        assert gradient.shape == value.shape
        for where in list(np.ndindex(value.shape))[:: max(1, value.size // 20)]:
            sides = []
            for side in (-h, h):
                moved = [each.copy() for each in values]
                moved[i][where] += side
                sides.append(np.asarray(oracle(*moved)) * dy)
            terms = (sides[1] - sides[0]) / (2 * h)
            assert gradient[where] == pytest.approx(terms.sum(), rel=0, abs=1e-7 * (1 + np.abs(terms).sum()))


@pytest.mark.parametrize("op", UNARY)
@given(shape=shapes, seed=seeds)
def test_functions_of_one_node(op: str, shape: tuple[int, ...], seed: int) -> None:
    assert_right(*UNARY[op], *draw(seed, shape))


@st.composite
def broadcasting(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that NumPy broadcasts."""
    shape = draw(shapes)
    narrowed = [
        () if draw(st.integers(0, 5)) == 0 else tuple(1 if draw(st.booleans()) else n for n in shape)
        for _ in range(2)
    ]
    return narrowed[0], narrowed[1]


@pytest.mark.parametrize("op", BINARY)
@given(shapes=broadcasting(), seed=seeds)
def test_functions_of_two_nodes_broadcast_as_numpy_does(
    op: str, shapes: tuple[tuple[int, ...], tuple[int, ...]], seed: int
) -> None:
    a, b = draw(seed, *shapes)
    assert_right(BINARY[op], BINARY[op], a, b)  # type: ignore[arg-type]
    assert_right(lambda x: BINARY[op](x, b), lambda x: BINARY[op](x, b), a)  # type: ignore[arg-type,return-value]
    assert_right(lambda x: BINARY[op](a, x), lambda x: BINARY[op](a, x), b)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("op", REDUCTIONS)
@given(shape=shapes, axis=st.sampled_from([None, 0, 1]), seed=seeds)
def test_functions_over_an_axis(op: str, shape: tuple[int, ...], axis: int | None, seed: int) -> None:
    f, oracle = REDUCTIONS[op]
    axis = axis if shape else None
    assert_right(lambda x: f(x, axis), lambda x: oracle(x, axis), *draw(seed, shape))


@given(rows=sizes, inner=st.integers(1, 300), columns=sizes, seed=seeds)
def test_products_of_matrices(rows: int, inner: int, columns: int, seed: int) -> None:
    a, b = draw(seed, (rows, inner), (inner, columns))
    assert_right(lambda x, y: x @ y, np.matmul, a, b)
    assert_right(lambda x: a @ x, lambda x: a @ x, b)
    assert_right(lambda x: x @ b, lambda x: x @ b, a)


def test_where_a_condition_is_an_array_of_truths() -> None:
    condition = np.array([[True], [False]])
    a = graph.variable([[1.0, 2.0], [3.0, 4.0]])
    J = graph.sum(graph.where(condition, 2 * a, -a))
    J.backward()
    assert J.value == 2 + 4 - 3 - 4
    np.testing.assert_array_equal(a.gradient, [[2, 2], [-1, -1]])


def test_nodes_compare_element_by_element() -> None:
    A, B = np.array([[1.0, 2.0], [3.0, math.nan]]), np.array([[1.0], [2.0]])
    a, b = graph.variable(A, "a"), graph.variable(B, "b")
    comparisons: list[Callable[..., Any]] = [
        operator.eq,
        operator.ne,
        operator.gt,
        operator.ge,
        operator.lt,
        operator.le,
    ]
    for compare in comparisons:
        for ours in (compare(a, b), compare(A, b), compare(a, B)):
            np.testing.assert_array_equal(ours.value, compare(A, B))
    J = graph.sum(graph.where(a[:1] == 1, 5 * a[:1], -a[:1]))
    J.backward()
    np.testing.assert_array_equal(a.gradient, [[5, -1], [0, 0]])
    assert repr((a == 1) - (b != 2)) == "<graph (a == 1) - (b != 2)>"
    assert len({a, b, a}) == 2


def test_powers() -> None:
    exponents = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, -1.0, -2.0, -3.0, 0.5, 2.5, -0.5, math.nan]
    bases = [-2.5, -1.0, -0.0, 0.0, 0.3, 1.0, 7.0, math.inf, -math.inf, math.nan]
    a, b = np.repeat([bases], 29, axis=0).ravel(), np.array([exponents])
    with np.errstate(all="ignore"):
        expected = a.reshape(-1, 1) ** b
    base, exponent = graph.variable(a.reshape(-1, 1), "a"), graph.variable(b, "b")
    mixed = np.asarray((base**exponent).value)  # different exponents side by side
    np.testing.assert_allclose(mixed, expected, rtol=1e-15)
    for j, k in enumerate(exponents):
        np.testing.assert_array_equal((base**k).value, mixed[:, j : j + 1])

    for k in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, -1.0, -2.5):
        x = graph.variable(np.linspace(0.2, 3, 300).reshape(-1, 1))
        graph.sum(x**k).backward()
        np.testing.assert_allclose(x.gradient, k * np.asarray(x.value) ** (k - 1), rtol=2e-15)


def test_rows_by_truths() -> None:
    x = graph.variable(np.arange(6.0).reshape(3, 2), "x")
    for truths in ([True, False, True], np.array([True, False, True])):
        np.testing.assert_array_equal(x[truths].value, [[0, 1], [4, 5]])


def test_what_is_used_twice_adds_up() -> None:
    x = graph.variable([[1.0, -2.0]])
    y = x * x
    J = graph.sum(y + y * x)
    J.backward()
    np.testing.assert_array_equal(x.gradient, [[2 + 3, -4 + 12]])
    J.backward()
    np.testing.assert_array_equal(x.gradient, [[2 + 3, -4 + 12]])


def test_derivatives_at_kinks_and_ends() -> None:
    def at(f: Callable[[Node], Node], value: float) -> float:
        x = graph.variable(value)
        f(x).backward()
        assert isinstance(x.gradient, float)
        return x.gradient

    assert at(graph.relu, 0.0) == 0
    assert at(abs, 0.0) == 0
    assert at(lambda x: graph.maximum(x, 0), 0.0) == 0.5
    assert at(lambda x: x**2, 0.0) == 0
    assert at(lambda x: x**0, 0.0) == 0
    assert at(lambda x: x**1, 0.0) == 1
    assert at(lambda x: 0.0**x, 2.0) == 0
    assert at(graph.sqrt, 0.0) == math.inf
    assert math.isnan(at(graph.relu, math.nan) + graph.maximum(graph.variable(math.nan), 0).value)  # type: ignore[operator]


def test_functions_do_not_overflow() -> None:
    x = graph.variable([[1000.0], [0.0], [-1000.0]])
    np.testing.assert_array_equal(graph.softmax(x).value, [[1], [0], [0]])
    assert graph.logsumexp(x).value == 1000
    np.testing.assert_array_equal(graph.sigmoid(x).value, [[1], [0.5], [0]])
    np.testing.assert_array_equal(graph.exp(-abs(x)).value, [[0], [1], [0]])


STEPS: list[Callable[..., object]] = [
    lambda a, b, library: a + b,
    lambda a, b, library: a * b,
    lambda a, b, library: a - b / 2,
    lambda a, b, library: library.tanh(a) / (1 + library.exp(library.tanh(b))),
    lambda a, b, library: library.where(a > b, a, b),
    lambda a, b, library: library.relu(a) - abs(b),
    lambda a, b, library: library.sigmoid(a) ** 2.5 * b,
    lambda a, b, library: library.maximum(a, b) * 0.5,
]


@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=12), seed=seeds)
def test_random_graphs_have_pytorch_s_derivatives(steps: list[Callable[..., object]], seed: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, an oracle here, is not installed")
    rng = np.random.default_rng(seed)
    shapes = [(3, 4), (1, 4), (3, 1), (1, 1), ()]
    values = [rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape) for shape in shapes]
    inputs = rng.integers(len(shapes), size=(len(steps), 2))

    def total(variables: list[Any], library: Any) -> Any:
        nodes = list(variables)
        for step, (i, j) in zip(steps, inputs + np.arange(len(steps))[:, None], strict=True):
            nodes.append(step(nodes[i], nodes[j], library))
        return library.sum(nodes[-1] + 0 * sum(variables))

    ours = [graph.variable(value) for value in values]
    theirs = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]
    mine, expected = total(ours, graph), total(theirs, torch)
    mine.backward()
    expected.backward()
    assert mine.value == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    for node, tensor in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(node.gradient, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_logistic_regression_on_a_graph_descends() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3, 50))
    Y = (X[:1] - X[2:] > 0).astype(float)
    w, b = graph.variable(np.zeros((3, 1)), "w"), graph.variable(0.0, "b")
    A = graph.sigmoid(w.T @ X + b)
    J = -graph.mean(Y * graph.log(A) + (1 - Y) * graph.log(1 - A))
    assert J.value == pytest.approx(math.log(2))
    for _ in range(200):
        J.backward()
        expected = X @ (np.asarray(A.value) - Y).T / 50
        np.testing.assert_allclose(w.gradient, expected, rtol=1e-9, atol=1e-12)
        w.value -= w.gradient
        b.value -= b.gradient
    assert J.value < 0.2  # type: ignore[operator]


def test_a_deep_graph() -> None:
    x = graph.variable(1.0)
    J = x
    for _ in range(20_000):
        J = J * 1.0 + 1e-4
    J.backward()
    assert x.gradient == 1
    assert J.value == pytest.approx(3)


def test_numpy_s_own_functions_take_nodes() -> None:
    A, B = np.arange(4.0).reshape(2, 2), np.array([[2.0, -1.0], [0.5, 3.0]])
    a, b = graph.variable(A, "a"), graph.variable(B, "b")
    functions: list[Callable[..., Any]] = [
        np.dot,
        lambda a, b: np.dot(A, b),
        lambda a, b: np.where(a > b, a, 2 * b),
        lambda a, b: np.transpose(a) * b,
        lambda a, b: np.sum(a * b),
        lambda a, b: np.sum(a * b, axis=1, keepdims=True),
        lambda a, b: np.mean(a * b, axis=0, keepdims=True),
    ]
    for f in functions:
        np.testing.assert_allclose(f(a, b).value, f(A, B), rtol=1e-15)


def test_setting_a_variable() -> None:
    a = graph.variable(2.0, "a")
    J = a**2
    assert J.value == 4
    a.value = 3
    assert J.value == 9
    value = graph.variable([[1.0, 2.0]], "v")
    total = graph.sum(value)
    np.asarray(value.value)[0, 0] = 7
    assert total.value == 9
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(graph.constant([[1.0]]).value)[0, 0] = 7
    with pytest.raises(ValueError, match=r"the value of v has shape \(2, 1\): give shape \(1, 2\)\."):
        value.value = [[1.0], [2.0]]
    with pytest.raises(AttributeError, match=r"only a variable's value can be set"):
        J.value = 1.0


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda a, b: a + b, ValueError, "add joins the shapes (2, 3) and (3, 2), which do not broadcast"),
        (
            lambda a, b: a @ a,
            ValueError,
            "matmul joins the shapes (2, 3) and (2, 3): the first needs as many",
        ),
        (lambda a, b: a @ 2, ValueError, "a number is no matrix, so write * in place of @"),
        (
            lambda a, b: a + np.array([1.0, 2.0]),
            ValueError,
            "reshape it to a column, (2, 1), or to a row, (1, 2).",
        ),
        (lambda a, b: a + np.ones((2, 2, 2)), ValueError, "the shape (2, 2, 2)"),
        (lambda a, b: a * "x", TypeError, "'x' is no number"),
        (lambda a, b: a * 1j, TypeError, "1j is no number"),
        (lambda a, b: a[2], IndexError, "there is no row 2 in the shape (2, 3)"),
        (lambda a, b: a[0, 1], TypeError, "node[i], node[i:j] or node[[i, j]]"),
        (lambda a, b: a[1.5], TypeError, "a graph takes rows, node[i]"),
        (lambda a, b: a["w"], TypeError, "a graph takes rows, node[i]"),
        (lambda a, b: a[a > 0], TypeError, "a graph takes rows, node[i]"),
        (lambda a, b: a[True], TypeError, "a graph takes rows, node[i]"),
        (lambda a, b: a[[0.0, 1.0]], TypeError, "a graph takes rows, node[i]"),
        (lambda a, b: a[[True]], IndexError, "1 truths choose among 2 rows: give one for each."),
        (lambda a, b: a[[]], ValueError, "no rows are taken"),
        (lambda a, b: a == "x", TypeError, "'x' is no number"),
        (lambda a, b: a[0:0], ValueError, "no rows are taken"),
        (lambda a, b: graph.variable(1.0)[0], ValueError, "a number has no rows"),
        (lambda a, b: graph.sum(a, axis=2), ValueError, "axis is 2: give 0"),
        (lambda a, b: np.sin(a), TypeError, "numpy.sin takes no nodes"),
        (lambda a, b: np.add.reduce(a), TypeError, "numpy.add.reduce takes no nodes"),
        (lambda a, b: np.sum(a, axis=0), ValueError, "leaves an array of rank 1: add keepdims=True"),
        (lambda a, b: np.mean(a, keepdims=True), ValueError, "a number in a graph: leave out keepdims"),
        (lambda a, b: np.linalg.norm(a), TypeError, "numpy.norm takes no nodes"),
        (lambda a, b: np.dot(a, a), ValueError, "matmul joins the shapes (2, 3) and (2, 3)"),
        (lambda a, b: 1 if a > 0 else 2, TypeError, "neither true nor false"),
        (lambda a, b: a.backward(), ValueError, "has shape (2, 3), and derivatives are those of one number"),
        (lambda a, b: graph.sum(a).backward(order=2), NotImplementedError, "first derivatives only"),
        (lambda a, b: (graph.constant(2.0) * 3).backward(), ValueError, "depends on no variable"),
        (lambda a, b: a.gradient, RuntimeError, "call backward() of a node that depends on it"),
        (lambda a, b: graph.variable(np.ones((0, 2))), ValueError, "the shape (0, 2)"),
    ],
)
def test_errors_say_what_and_how(call: Callable[..., object], error: type[Exception], sentence: str) -> None:
    a, b = graph.variable(np.ones((2, 3)), "a"), graph.variable(np.ones((3, 2)), "b")
    with pytest.raises(error, match=re.escape(sentence)):
        call(a, b)


# How it looks


def example() -> Node:
    a, b, c = graph.variable(5.0, "a"), graph.variable(3.0, "b"), graph.variable([[2.0, 1.0]], "c & <d>")
    return graph.sum(3 * (a + (b * c).named("u")) ** 2 - graph.relu(b)).named('the "cost"')


def test_the_table_has_every_value_and_derivative() -> None:
    J = example()
    lines = str(J).splitlines()
    assert lines[0].split() == ["node", "shape", "value", "dthe", '"cost"/d(node)']
    rows = [re.split(r"\s{2,}", line) for line in lines[2:]]
    assert ["u = b * c & <d>", "(1, 2)", "[[6, 3]]", "[[66, 48]]"] in rows
    assert rows[-1] == ['the "cost" = sum(3 * (a + u) ** 2 - relu(b))', "()", "549", "1"]
    assert repr(J) == "<graph sum(3 * (a + u) ** 2 - relu(b))>"
    assert repr(2 - (J - 1)) == '<graph 2 - (the "cost" - 1)>'
    assert repr(-(J**2)) == '<graph -the "cost" ** 2>'


def test_zero_is_written_without_a_sign() -> None:
    x = graph.variable([[-3.0]], "x")
    assert str(0 * x).splitlines()[-1].split() == ["0", "*", "x", "(1,", "1)", "[[0]]", "[[1]]"]


def test_rows_and_long_formulas_are_written_briefly() -> None:
    x = graph.variable(np.ones((5, 2)), "x")
    assert [repr(x[rows]) for rows in (1, -1, slice(1, 4), np.array([0, 2]))] == [
        *("<graph x[1]>", "<graph x[4]>", "<graph x[1:4]>", "<graph x[[0, 2]]>")
    ]
    y = x
    for _ in range(4):
        y = graph.where(y > 1, y**2, graph.exp(y))
    assert len(repr(y)) <= 90


def test_graphviz_text_has_every_node_and_edge() -> None:
    J = example()
    text = J.dot()
    nodes = in_order(J)
    assert text.startswith("digraph {\n  rankdir=LR\n")
    assert len(re.findall(r"^  n\d+ \[", text, re.MULTILINE)) == len(nodes)
    assert text.count("->") == sum(len(node.inputs) for node in nodes) + 1
    assert r'label="[[6, 3]]\ndthe \"cost\"/du = [[66, 48]]"' in text


def test_the_drawing_is_svg_by_itself() -> None:
    J = example()
    root = ET.fromstring(J._repr_svg_())
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for expected in ("a", "c & <d>", "u = *", "relu", "5", "[[6, 3]]", 'dthe "cost"/du = [[66, 48]]', "549"):
        assert expected in texts
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
        if "x" in rect.attrib
    ]
    assert len(boxes) == len(in_order(J))
    for i, (x, y, width, height) in enumerate(boxes):
        assert x >= 0
        assert x + width <= float(root.attrib["width"])
        assert y + height <= float(root.attrib["height"])
        for other_x, other_y, other_width, other_height in boxes[:i]:
            apart = x + width < other_x or other_x + other_width < x
            assert apart or y + height < other_y or other_y + other_height < y


def test_large_matrices_are_drawn_by_their_shape() -> None:
    X = graph.variable(np.ones((100, 3)), "X")
    assert "(100, 3)" in graph.mean(X * X).svg()


@given(st.data())
def test_nodes_are_laid_out_from_left_to_right_without_overlap(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 14))
    inputs = [data.draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(n)]
    layout = layered(inputs)
    for target, sources in enumerate(inputs):
        for source in sources:
            assert layout.layer[source] < layout.layer[target]
            passed = [layer for layer, _ in layout.routes[source, target]]
            assert passed == list(range(layout.layer[source] + 1, layout.layer[target]))
    for layer in set(layout.layer):
        heights = sorted(h for h, l in zip(layout.height, layout.layer, strict=True) if l == layer)
        assert all(b - a > 1 - 1e-9 for a, b in pairwise(heights))


def test_crossings_that_can_be_avoided_are() -> None:
    layout = layered([[], [], [], [2], [1], [0], [3, 4, 5]])
    order = [layout.height[i] for i in (0, 1, 2)]
    assert [layout.height[i] for i in (5, 4, 3)] == pytest.approx(order)
