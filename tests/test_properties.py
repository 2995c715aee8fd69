"""What must hold for every network: properties, on examples that Hypothesis thinks up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import descend as ds
import oracle
from twins import examples, twin

EPS = np.finfo(np.float64).eps
SMOOTH = ("linear", "sigmoid", "tanh", "elu", "gelu", "silu", "softplus")
PIECEWISE_LINEAR = ("linear", "relu", "leaky_relu")
OUTPUTS = {
    "softmax": "cross_entropy",
    "sigmoid": "binary_cross_entropy",
    "exp": "poisson",
    "linear": "squared_error",
}


@dataclass
class Case:
    """A network with examples, X (m, n[0]) and Y (m, n[L]), and the loss that belongs to its output."""

    by_hand: oracle.Network
    X: oracle.Array
    Y: oracle.Array
    rng: np.random.Generator

    @property
    def loss(self) -> str:
        return OUTPUTS[self.by_hand.g[self.by_hand.L]]

    def assert_same(self, ours: object, theirs: object, *, rounding: float = 0.0) -> None:
        """Equal up to rounding, next to 1 (the order of everything here but some outputs) and the outputs.

        `rounding`: by how many further sums of one term the two may differ.
        """
        terms = sum(self.by_hand.n) + len(self.X) + rounding
        outputs = self.network().predict(self.X)
        scale = max(1, np.abs(outputs).max(), np.abs(self.Y).max(), np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=4 * EPS * terms * scale)

    def results(self, network: ds.Network) -> tuple[oracle.Array, float, oracle.Array]:
        """Its predictions, cost and gradient."""
        return network.predict(self.X), *network.cost_and_gradient(self.X, self.Y, self.loss)

    def network(
        self, W: dict[int, oracle.Array] | None = None, b: dict[int, oracle.Array] | None = None
    ) -> ds.Network:
        """Its network, with other weights in the layers that W and b name."""
        changed = oracle.Network(
            {**self.by_hand.W, **(W or {})}, {**self.by_hand.b, **(b or {})}, self.by_hand.g
        )
        return twin(changed, "float64")


@st.composite
def cases(
    draw: st.DrawFn,
    hidden: tuple[str, ...] = SMOOTH,
    outputs: tuple[str, ...] = tuple(OUTPUTS),
    min_depth: int = 0,
) -> Case:
    sizes = st.integers(1, 20)
    n = draw(st.lists(sizes, min_size=min_depth + 2, max_size=min_depth + 4))
    output = draw(st.sampled_from(outputs))
    g = [*(draw(st.sampled_from(hidden)) for _ in n[2:]), output]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    by_hand = oracle.Network.random(n, g, rng)
    X, Y = examples(by_hand, OUTPUTS[output], draw(st.integers(1, 40)), rng)
    return Case(by_hand, X.T.copy(), Y.T.copy(), rng)


@given(cases(outputs=("softmax",)), st.floats(-50, 50))
def test_shifting_all_logits_changes_nothing(case: Case, shift: float) -> None:
    shifted = case.network(b={case.by_hand.L: case.by_hand.b[case.by_hand.L] + shift})
    for ours, theirs in zip(case.results(shifted), case.results(case.network()), strict=True):
        case.assert_same(ours, theirs, rounding=abs(shift))


@given(cases(outputs=("softmax",)))
def test_softmax_gives_a_distribution(case: Case) -> None:
    A = case.network().predict(case.X)
    assert A.min() >= 0
    np.testing.assert_allclose(A.sum(axis=1), 1, rtol=0, atol=A.shape[1] * EPS)


@given(cases(min_depth=1))
def test_permuting_the_units_of_a_layer_changes_nothing(case: Case) -> None:
    W, b = case.by_hand.W, case.by_hand.b
    order = case.rng.permutation(len(b[1]))
    permuted = case.network(W={1: W[1][order], 2: W[2][:, order]}, b={1: b[1][order]})
    predictions, cost, gradient = case.results(permuted)
    expected_predictions, expected_cost, expected_gradient = case.results(case.network())
    case.assert_same(predictions, expected_predictions)
    case.assert_same(cost, expected_cost)
    case.assert_same(np.sort(gradient), np.sort(expected_gradient))


@given(cases())
def test_permuting_the_examples_changes_the_gradient_by_rounding_alone(case: Case) -> None:
    order = case.rng.permutation(len(case.X))
    predictions, cost, gradient = case.results(case.network())
    case.X, case.Y = case.X[order], case.Y[order]
    other_predictions, other_cost, other_gradient = case.results(case.network())
    np.testing.assert_array_equal(other_predictions, predictions[order])
    case.assert_same(other_cost, cost)
    case.assert_same(other_gradient, gradient)


@given(cases(hidden=PIECEWISE_LINEAR, min_depth=1), st.integers(-20, 20))
def test_what_one_layer_multiplies_the_next_may_divide(case: Case, power: int) -> None:
    """g(c z) = c g(z) for c > 0; with c a power of two, to the bit."""
    c = 2.0**power
    W, b = case.by_hand.W, case.by_hand.b
    scaled = case.network(W={1: c * W[1], 2: W[2] / c}, b={1: c * b[1]})
    np.testing.assert_array_equal(scaled.predict(case.X), case.network().predict(case.X))


@given(cases(hidden=("linear",), outputs=("linear",), min_depth=1))
def test_linear_layers_are_one_linear_layer(case: Case) -> None:
    W, b = np.eye(case.by_hand.n[0]), np.zeros((case.by_hand.n[0], 1))
    for l in case.by_hand.W:
        W, b = case.by_hand.W[l] @ W, case.by_hand.W[l] @ b + case.by_hand.b[l]
    one = twin(oracle.Network({1: W}, {1: b}, {1: "linear"}), "float64")
    case.assert_same(one.predict(case.X), case.network().predict(case.X))


@given(cases(), st.integers(2, 5))
def test_copies_of_all_examples_change_nothing(case: Case, copies: int) -> None:
    once = case.results(case.network())[1:]
    case.X, case.Y = np.tile(case.X, (copies, 1)), np.tile(case.Y, (copies, 1))
    for ours, theirs in zip(case.results(case.network())[1:], once, strict=True):
        case.assert_same(ours, theirs)


@given(cases(), st.integers(-30, 30))
def test_only_the_ratios_of_weights_count(case: Case, power: int) -> None:
    network, w = case.network(), case.rng.integers(1, 9, len(case.X)) / 4
    cost, gradient = network.cost_and_gradient(case.X, case.Y, case.loss, sample_weight=w)
    scaled_cost, scaled_gradient = network.cost_and_gradient(
        case.X, case.Y, case.loss, sample_weight=2.0**power * w
    )
    assert scaled_cost == cost
    np.testing.assert_array_equal(scaled_gradient, gradient)


@given(cases(), st.data())
def test_the_gradient_of_all_is_the_mean_of_the_gradients_of_parts(case: Case, data: st.DataObject) -> None:
    network, m = case.network(), len(case.X)
    cut = data.draw(st.integers(1, m))
    parts = [(case.X[part], case.Y[part]) for part in (slice(cut), slice(cut, m)) if part.start != m]
    costs, gradients = zip(*(network.cost_and_gradient(X, Y, case.loss) for X, Y in parts), strict=True)
    shares = [len(X) / m for X, _ in parts]
    cost, gradient = network.cost_and_gradient(case.X, case.Y, case.loss)
    case.assert_same(shares @ np.array(costs), cost)
    case.assert_same(shares @ np.array(gradients), gradient)


@given(cases(outputs=("sigmoid",)))
def test_naming_the_two_classes_the_other_way_round_mirrors_everything(case: Case) -> None:
    L, W, b = case.by_hand.L, case.by_hand.W, case.by_hand.b
    predictions, cost, _ = case.results(case.network())
    case.Y = 1 - case.Y
    mirrored_predictions, mirrored_cost, _ = case.results(case.network(W={L: -W[L]}, b={L: -b[L]}))
    np.testing.assert_allclose(mirrored_predictions, 1 - predictions, rtol=0, atol=4 * EPS)
    case.assert_same(mirrored_cost, cost)


@given(cases(outputs=("linear",)))
def test_at_the_targets_there_is_nothing_to_learn(case: Case) -> None:
    network = case.network()
    cost, gradient = network.cost_and_gradient(case.X, network.predict(case.X), "squared_error")
    case.assert_same(cost, 0)
    case.assert_same(gradient, 0)


@given(cases())
def test_a_small_step_against_the_gradient_lowers_the_cost(case: Case) -> None:
    """By its length times that of the gradient, to first order."""
    network = case.network()
    cost, gradient = network.cost_and_gradient(case.X, case.Y, case.loss)
    length = np.linalg.norm(gradient)
    network.parameters -= 1e-6 * gradient / max(1, length)
    lower, _ = network.cost_and_gradient(case.X, case.Y, case.loss)
    np.testing.assert_allclose(
        cost - lower, 1e-6 * length**2 / max(1, length), rtol=1e-2, atol=1e-10 * max(1, cost)
    )
