"""The guided path: every lesson runs, with the numbers that the course prints; its pages tell the truth."""

from __future__ import annotations

import os
import pydoc
import re
import runpy
from contextlib import chdir, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest
from matplotlib import pyplot

import descend as ds
from descend import losses, metrics

FOLDER = Path(__file__).parents[1] / "python" / "examples" / "course"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.py"))
PAGE = (FOLDER / "README.md").read_text()
MAP = (FOLDER / "supervised_learning.md").read_text()


def table(page: str, first: str) -> list[list[str]]:
    """The cells of the rows of the table whose header begins with this word."""
    lines = page.split(f"| {first} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


class Ran(NamedTuple):
    """What its names stood for when a lesson had run, what it printed, and the files that it left."""

    names: dict[str, Any]
    printed: str
    files: list[str]


@cache
def run(lesson: str) -> Ran:
    with TemporaryDirectory() as folder, chdir(folder), redirect_stdout(StringIO()) as printed:
        names = runpy.run_path(str(FOLDER / f"{lesson}.py"))
        pyplot.close("all")
        return Ran(names, printed.getvalue(), os.listdir())


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_prints_and_draws(lesson: str) -> None:
    _, printed, files = run(lesson)
    assert printed
    assert files
    assert all(re.fullmatch(rf"{lesson[:2]}_\w+\.(png|svg)", name) for name in files)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_as_a_notebook(lesson: str) -> None:
    text = (FOLDER / f"{lesson}.py").read_text()
    assert text.startswith(f'# %% [markdown]\n"""# {int(lesson[:2])}. ')
    assert text.count("\n# %%\n") >= 1


def test_the_numbers_of_logistic_regression_are_the_courses() -> None:
    lesson = run("02_logistic_regression").names
    np.testing.assert_allclose(lesson["s"], [[0.73105858, 0.88079708, 0.95257413]], atol=1e-8)
    assert lesson["cost"] == pytest.approx(6.000064773192205, rel=1e-12)
    np.testing.assert_allclose(lesson["dw"], [0.99993216, 1.99980262], atol=1e-8)
    assert lesson["db"] == pytest.approx(0.499935230625, abs=1e-12)


def test_a_hundred_steps_of_gradient_descent_end_where_the_courses_do() -> None:
    lesson = run("03_gradient_descent").names
    for w, b in ((lesson["w"], lesson["b"]), (lesson["layer"].W, lesson["layer"].b)):
        np.testing.assert_allclose(np.ravel(w), [0.1124579, 0.23106775], atol=1e-8)
        assert float(np.ravel(b)[0]) == pytest.approx(1.55930492484, abs=1e-11)
    np.testing.assert_allclose(lesson["dw"].ravel(), [0.90158428, 1.76250842], atol=1e-8)
    assert lesson["db"] == pytest.approx(0.430462071679, abs=1e-12)


def test_the_values_and_derivatives_of_the_computation_graph_are_the_courses() -> None:
    lesson = run("04_computation_graph").names
    assert lesson["J"].value == 33
    nodes = {
        node.name: node for node in (lesson["u"], lesson["v"], *lesson["u"].inputs, lesson["v"].inputs[0])
    }
    values = {name: (node.value, node.gradient) for name, node in nodes.items()}
    assert values == {"a": (5, 3), "b": (3, 6), "c": (2, 9), "u": (6, 3), "v": (11, 3)}
    exact = {"3a": lambda a: 3, "a^2": lambda a: 2 * a, "a^3": lambda a: 3 * a**2, "log a": lambda a: 1 / a}
    expected = {(name, at): exact[name](at) for name, at in lesson["slopes"]}
    assert lesson["slopes"] == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(lesson["z"].gradient, lesson["dz"], rtol=1e-12)
    assert lesson["history"].cost[-1] < lesson["history"].cost[0] / 5


def test_the_calories_are_the_courses_and_arrays_of_rank_1_are_refused() -> None:
    lesson = run("06_broadcasting").names
    np.testing.assert_allclose(lesson["cal"], [59, 239, 155.4, 76.9])
    np.testing.assert_allclose(lesson["percentage"][:, 0], [94.91525424, 2.03389831, 3.05084746], atol=1e-8)
    assert all("rank-1" in error or "shape (5,)" in error for error in lesson["refused"].errors.values())


def test_backpropagation_by_hand_by_blocks_and_by_the_network_agree() -> None:
    lesson = run("09_backpropagation").names
    assert lesson["cost"] == pytest.approx(lesson["trace"].cost, rel=1e-15)
    assert max(lesson["difference"].values()) < 1e-15


def test_the_model_from_blocks_is_the_network() -> None:
    lesson = run("11_deep_network").names
    assert lesson["check"]
    assert lesson["difference"] < 1e-13
    np.testing.assert_allclose(lesson["costs"], lesson["history"].cost, rtol=1e-13)


def test_digits_are_told_apart() -> None:
    scores = list(run("12_hyperparameters").names["scores"].values())
    assert scores[0] > 0.93
    assert max(scores) > 0.96


# The page of equations


@pytest.mark.parametrize("row", table(PAGE, "section of the course"), ids=lambda row: row[0])
def test_an_equation_is_where_the_page_says(row: list[str]) -> None:
    _, _, call, read, lesson = row
    name = re.fullmatch(r"`([\w.]+)`", call)
    assert name
    assert pydoc.locate(name[1]) is not None
    place = re.fullmatch(r"\[(\w+\.[ch]pp)\]\((\S+)\): `(.+)`", read)
    assert place
    path = FOLDER / place[2]
    assert path.name == place[1]
    assert place[3] in path.read_text()
    link = re.fullmatch(r"\[(\d\d)\]\((\S+)\)", lesson)
    assert link
    assert link[2].startswith(link[1])
    assert (FOLDER / link[2]).is_file()


def test_the_page_lists_every_lesson_in_order() -> None:
    assert [re.findall(r"\((\S+)\)", row[0]) for row in table(PAGE, "lesson")] == [
        [f"{lesson}.py"] for lesson in LESSONS
    ]


def test_every_lesson_stands_beside_an_equation() -> None:
    used = {re.findall(r"\((\S+)\.py\)", row[-1])[0] for row in table(PAGE, "section of the course")}
    assert used == set(LESSONS)


# The map of supervised learning


@pytest.mark.parametrize("row", table(MAP, "problem"), ids=lambda row: row[0])
def test_an_output_layer_goes_with_its_losses_and_metrics(row: list[str]) -> None:
    problem, _, _, output, loss, metric = row
    layer = eval(output.strip("`"), {"Dense": ds.Dense, "k": 3})
    known = {
        "Huber": ds.Huber,
        "Quantile": ds.Quantile,
        "delta": 1.0,
        **{name: name for name in losses.NAMES},
    }
    for each in re.findall(r"`([^`]+)`", loss):
        resolved = losses.resolve(eval(each, known), layer.activation)
        metrics.check(re.findall(r"`([^`]+)`", metric), resolved.name, layer.units)
        if not each.startswith(("Huber", "Quantile", "absolute_error")):
            assert losses.resolve("auto", layer.activation).name == each
    (anchor,) = re.findall(r"\(#([\w-]+)\)", problem)
    assert f"## {anchor.replace('-', ' ')}\n" in MAP.lower()


@pytest.mark.parametrize("block", re.findall(r"^```python\n(.*?)^```", MAP, re.MULTILINE | re.DOTALL))
def test_the_lines_of_the_map_run(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "supervised_learning.md", "exec"), {})
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", capsys.readouterr().out)]
    assert numbers
    assert np.isfinite(numbers).all()
