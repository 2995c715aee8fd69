"""Why things are so: each lesson measures what it claims, and draws itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.datasets import load_digits

from descend import course
from descend.course.why.amount_of_data import SVM
from oracle import ACTIVATIONS


def test_activations_are_those_of_the_oracle() -> None:
    lesson = course.activations()
    for name in lesson.g:
        g, derivative = ACTIVATIONS[name]
        np.testing.assert_allclose(lesson.g[name], g(lesson.z), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(lesson.derivative[name], derivative(lesson.z), rtol=1e-12, atol=1e-14)


def test_the_table_of_derivatives_is_within_the_range_asked_for() -> None:
    header, _, linear, exp = str(course.activations(-1000, 2)).splitlines()[:4]
    assert header.split()[-5:] == ["-1000", "-749.5", "-499", "-248.5", "2"]
    assert linear.split()[1:] == ["1.0000"] * 5
    assert exp.split()[1:] == ["0.0000"] * 4 + ["7.3891"]


def test_sigmoids_saturate_where_relu_learns() -> None:
    lesson = course.saturation()
    assert lesson.cost["sigmoid"][-1] > 0.9 * np.log(10)
    assert lesson.cost["relu"][-1] < 0.05
    assert lesson.gradient_norm["sigmoid"][0] < 0.02 * lesson.gradient_norm["relu"][0]


def test_the_same_network_starts_all_three() -> None:
    first, second = course.saturation(epochs=1), course.saturation(epochs=1)
    assert first.cost == second.cost
    assert all(len(norms) == 6 for norms in first.gradient_norm.values())


@pytest.mark.parametrize("units", [(5, 40, 30, 20, 1), (3, 2), (4, 1, 6)])
def test_linear_layers_are_one_layer(units: tuple[int, ...]) -> None:
    lesson = course.linearity(units)
    assert lesson.W.shape == (units[-1], units[0])
    assert lesson.largest_difference < 1e-14


def test_units_that_start_from_zero_stay_equal_for_ever() -> None:
    starts = course.initialisation().starts
    assert starts["zero"].units_differ_by == 0
    assert starts["zero"].cost[-1] == pytest.approx(np.log(2))
    assert starts["small"].accuracy > 0.89 > starts["large"].accuracy
    assert starts["small"].saturated == 0
    assert starts["large"].saturated > 0.9


def test_cross_entropy_is_a_bowl_and_squared_error_is_not() -> None:
    lesson = course.surfaces(points=41)
    assert lesson.bent_down["binary_cross_entropy"] == 0
    assert lesson.bent_down["squared_error"] > 0.5
    one, other = lesson.ends["binary_cross_entropy"]
    assert one == pytest.approx(other, abs=1e-6)
    one, other = lesson.ends["squared_error"]
    assert abs(one.cost - other.cost) > 0.05


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error"])
def test_a_surface_is_the_cost_on_the_examples(loss: str) -> None:
    from descend.course.why.surfaces import X, Y

    lesson = course.surfaces(points=5, iterations=1)
    a = 1 / (1 + np.exp(-(lesson.w[1] * X[:, 0] + lesson.b[3])))
    expected = {
        "binary_cross_entropy": -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a)),
        "squared_error": np.mean((a - Y) ** 2) / 2,
    }
    assert lesson.cost[loss][3, 1] == pytest.approx(expected[loss], rel=1e-12)


def test_a_learning_rate_is_too_small_right_or_too_large() -> None:
    small, right, large = course.learning_rates().cost.values()
    X, y = course.houses()
    ones = np.column_stack([X, np.ones(len(X))])
    _, (squares,), *_ = np.linalg.lstsq(ones, y / 1e5, rcond=None)
    least = squares / len(y) / 2
    assert right[-1] == pytest.approx(least, rel=1e-2)
    assert small[-1] > 2 * least
    assert large[-1] > large[0]


def test_a_rate_beyond_all_bounds_ends_where_the_cost_is_no_number() -> None:
    (cost,) = course.learning_rates(rates=(1e6,), iterations=500).cost.values()
    assert 0 < len(cost) < 500
    assert np.isfinite(cost).all()


def test_more_units_and_layers_bring_the_cost_down() -> None:
    lesson = course.sizes(units=(1, 5, 20), layers=(1, 2))
    assert lesson.cost[1, 1] > lesson.cost[1, 5] > lesson.cost[1, 20]
    assert lesson.cost[1, 20] > lesson.cost[2, 20]


def digits() -> tuple[course.Pictures, course.Pictures]:
    X, y = load_digits(return_X_y=True)
    pictures = course.Pictures((X * 15).astype(np.uint8).reshape(-1, 8, 8), y)
    return pictures.take(300), course.Pictures(pictures.X[300:600], pictures.y[300:600])


def test_more_data_is_better(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("descend.course.why.amount_of_data._STEPS", 300)
    lesson = course.amount_of_data(*digits(), amounts=(20, 300))
    assert len(lesson.accuracy) == 5
    assert all(less < more for less, more in lesson.accuracy.values())
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 10
    assert told[-1] == f"300 examples, support vector machine: {lesson.accuracy[SVM][1]:.2%}"
    assert lesson.png().startswith(b"\x89PNG")


def test_more_data_than_there_is_is_refused() -> None:
    with pytest.raises(ValueError, match="amounts has 301 and there are 300 examples: give fewer"):
        course.amount_of_data(*digits(), amounts=(20, 301))


@pytest.mark.parametrize(
    "lesson",
    [
        course.activations,
        course.linearity,
        course.learning_rates,
        lambda: course.saturation(epochs=1),
        lambda: course.initialisation(iterations=2),
        lambda: course.surfaces(points=5, iterations=1),
        lambda: course.sizes(epochs=1),
    ],
)
def test_lessons_tell_and_draw_themselves(lesson: Callable[[], course.Result]) -> None:
    result = lesson()
    assert str(result)
    assert repr(result) == str(result)
    assert result.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: course.activations(1, 1), "low is 1 and high is 1"),
        (lambda: course.linearity((3,)), r"units is \(3,\)"),
        (lambda: course.surfaces(points=2), "points is 2"),
        (lambda: course.saturation(depth=0), "depth is 0"),
        (lambda: course.surfaces(iterations=0), "iterations is 0"),
        (lambda: course.activations(-np.inf, 1), "low is -inf: give a finite number"),
        (lambda: course.linearity(m=0), "m is 0"),
        (lambda: course.linearity((3, 0)), r"units\[1\] is 0"),
        (lambda: course.learning_rates(rates=(0.0,)), r"rates\[0\] is 0"),
        (lambda: course.learning_rates(rates=()), "rates is empty: give at least one number"),
        (lambda: course.learning_rates(iterations=0), "iterations is 0"),
        (lambda: course.sizes(units=()), "units is empty"),
        (lambda: course.sizes(layers=[-1]), r"layers\[0\] is -1"),
        (lambda: course.amount_of_data(*digits(), amounts=()), "amounts is empty"),
        (lambda: course.planar_flower_by_size(()), "sizes is empty"),
    ],
)
def test_what_cannot_be_is_refused(wrong: Callable[[], course.Result], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: course.sizes(units=5), "units is 5: give a sequence of numbers"),  # type: ignore[arg-type]
        (lambda: course.learning_rates("0.1"), "rates is '0.1': give a sequence"),  # type: ignore[arg-type]
        (lambda: course.learning_rates(["0.1"]), r"rates\[0\] is '0.1'"),  # type: ignore[list-item]
        (lambda: course.activations("a", 1), "low is 'a'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_type_is_refused(wrong: Callable[[], course.Result], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        wrong()
