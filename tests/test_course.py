"""The course's models, one call each: every cost that the course prints, every accuracy, every line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from descend import course
from descend.course.pictures import Pictures


@pytest.fixture(scope="module")
def cats(data_file: Callable[[str], Path]) -> dict[str, Pictures]:
    """The course's 209 pictures to train on, and 50 others."""
    splits = {}
    for split in ("train", "test"):
        with h5py.File(data_file(f"catvnoncat/{split}_catvnoncat.h5")) as file:
            splits[split] = Pictures(file[f"{split}_set_x"][:], file[f"{split}_set_y"][:])
    return splits


@pytest.mark.parametrize("exercise", ["logistic", "two_layer", "deep"])
def test_cats(exercise: str, cats: dict[str, Pictures], reference_file: Callable[[str], Path]) -> None:
    expected: dict[str, Any] = json.loads(reference_file("course_cats.json").read_text())[exercise]
    model = getattr(course, f"cat_{exercise}")(**cats)
    np.testing.assert_allclose(model.cost[::100], expected["costs"], rtol=0, atol=1e-6)
    assert model.train_accuracy == pytest.approx(expected["train"], abs=1e-12)
    assert model.test_accuracy == pytest.approx(expected["test"], abs=1e-12)
    assert len(model.mistakes) == round(50 * (1 - expected["test"]))


def test_both_forms_of_logistic_regression_give_the_same_costs(cats: dict[str, Pictures]) -> None:
    forms = course.cat_logistic_two_forms(cats["train"], iterations=11)
    assert forms.largest_difference < 1e-13
    assert [len(cost) for cost in forms.cost.values()] == [11, 11]
    assert forms.cost["vectorised"][0] == pytest.approx(np.log(2))


def noise(m: int, seed: int = 0) -> Pictures:
    rng = np.random.default_rng(seed)
    return Pictures(rng.integers(0, 256, (m, 6, 5, 3), dtype=np.uint8), rng.integers(0, 2, m))


def test_any_picture_is_classified() -> None:
    model = course.cat_deep(noise(20), noise(10, seed=1), iterations=20)
    picture = noise(1, seed=2).X[0]
    verdict = model.classify(picture)
    assert verdict.probability == model.network.predict(picture.reshape(1, -1) / 255)[0, 0]
    assert verdict.is_cat == (verdict.probability > 0.5)
    assert str(verdict).startswith("a cat" if verdict.is_cat else "no cat")
    assert verdict.png().startswith(b"\x89PNG")


def test_a_picture_of_another_size_is_refused() -> None:
    model = course.cat_logistic(noise(20), noise(10), iterations=1)
    with pytest.raises(ValueError, match=r"picture has shape \(5, 6, 3\): give shape \(6, 5, 3\)"):
        model.classify(np.zeros((5, 6, 3), np.uint8))


def test_a_picture_of_fractions_is_refused() -> None:
    model = course.cat_logistic(noise(20), noise(10), iterations=1)
    with pytest.raises(ValueError, match="the pictures are made of float64: give bytes, uint8"):
        model.classify(noise(1).X[0] / 255)  # type: ignore[arg-type]


def test_pictures_are_rows_and_are_not_mixed() -> None:
    pictures = noise(4)
    np.testing.assert_array_equal(pictures.features()[2], pictures.X[2].ravel() / 255)


def test_planar_flower(reference_file: Callable[[str], Path]) -> None:
    expected = json.loads(reference_file("course_planar.json").read_text())
    flower = course.planar_flower()
    # The path is chaotic after iteration 6000.
    costs = flower.cost[::1000]
    np.testing.assert_allclose(costs[:7], expected["costs"][:7], rtol=0, atol=1e-6)
    np.testing.assert_allclose(costs[7:], expected["costs"][7:], rtol=0, atol=1e-3)
    assert flower.accuracy == pytest.approx(expected["accuracy"], abs=0.01)


def test_the_flower_gives_the_courses_published_accuracies() -> None:
    flower = course.planar_flower()
    assert flower.accuracy == pytest.approx(0.905, abs=0.01)
    assert flower.logistic_accuracy == pytest.approx(0.47, abs=0.005)


def test_planar_flower_by_size(reference_file: Callable[[str], Path]) -> None:
    expected = json.loads(reference_file("course_planar.json").read_text())["accuracy_by_hidden_units"]
    accuracy = course.planar_flower_by_size().accuracy
    assert {str(n_h): share for n_h, share in accuracy.items()} == pytest.approx(expected, abs=0.01)


def test_the_line_through_the_sizes_is_that_of_least_squares() -> None:
    X, y = course.houses()
    fit = course.price_by_size()
    for w, b in fit.lines.values():
        assert (w, b) == pytest.approx(tuple(np.polyfit(X[:, 0], y, 1)), rel=1e-9)


def test_the_linear_neuron_finds_the_published_coefficients() -> None:
    fit = course.price_by_features()
    assert fit.coefficients == pytest.approx((139.2107, -8738.02, 89597.91), abs=0.005)


def test_houses_are_judged_by_models_that_have_not_seen_them() -> None:
    X, y = course.houses()
    folds = 47
    held_out = course.price_by_features(folds=folds).held_out["linear neuron"]
    ones = np.column_stack([X, np.ones(len(X))])
    without_first = np.linalg.lstsq(ones[1:], y[1:], rcond=None)[0]
    assert held_out[0] == pytest.approx(ones[0] @ without_first, rel=1e-6)


@pytest.mark.parametrize(
    "model", [course.price_by_size, course.price_by_features, lambda: course.planar_flower(iterations=5)]
)
def test_models_are_drawn(model: Callable[[], course.Result]) -> None:
    assert model().png().startswith(b"\x89PNG")


def test_classifiers_of_cats_are_drawn() -> None:
    train, test = noise(20), noise(10, seed=1)
    assert course.cat_two_layer(train, test, iterations=3).png().startswith(b"\x89PNG")
    assert course.cat_logistic_two_forms(train, iterations=3).png().startswith(b"\x89PNG")
