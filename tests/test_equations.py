"""The table of equations: each stands in the file that it names, and none is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from descend import _core

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (?:(.*?) )?\| (`.*`.*?) \| \[([\w/]+\.\w+)\]\((\S+)\) \|$", re.MULTILINE)


def plain(text: str) -> str:
    """Without the marks of comments and tables, each space one."""
    text = re.sub(r"^\s*(//[/!]?|#)", " ", text.replace(r"\|", "|"), flags=re.MULTILINE)
    return " ".join(text.replace("///<", " ").split())


PAGE = ROOT / "cpp" / "README.md"
TABLE = PAGE.read_text()[PAGE.read_text().index("| what | equation | where |") :].partition("\n\n")[0]
EQUATIONS = [
    (plain(equation), (PAGE.parent / path).resolve().relative_to(ROOT).as_posix())
    for _, equations, _, path in ROW.findall(TABLE)
    for equation in re.findall(r"`([^`]+)`", equations)
]
SOURCES = {path: plain((ROOT / path).read_text()) for _, path in EQUATIONS}


def listed(path: str) -> set[str]:
    return {equation for equation, where in EQUATIONS if where == path}


def test_every_row_is_read() -> None:
    assert len(ROW.findall(TABLE)) == len(TABLE.splitlines()) - 2


@pytest.mark.parametrize(("equation", "path"), EQUATIONS)
def test_an_equation_stands_where_the_table_says(equation: str, path: str) -> None:
    assert equation in SOURCES[path]


def test_links_are_named_after_their_file() -> None:
    assert all(path.endswith(name) for _, _, name, path in ROW.findall(TABLE))


def test_every_activation_and_its_derivative_is_listed() -> None:
    path = "cpp/descend/core/activations.hpp"
    stated = re.findall(r"^\s*// ((?:a|da/dz) = .*)$", (ROOT / path).read_text(), re.MULTILINE)
    assert {plain(equation) for equation in stated} == listed(path)
    assert len(stated) == 2 * (len(_core.ACTIVATIONS) - 1)  # softmax is no element-wise one


def test_every_loss_is_listed() -> None:
    equations = listed("cpp/descend/core/loss.hpp")
    assert {equation.split()[0] for equation in equations} == {*_core.LOSSES, "J"}


def test_every_rule_of_the_updates_is_listed() -> None:
    path = "cpp/descend/pipeline/update.hpp"
    rules = (ROOT / path).read_text().split("namespace rules {")[1].split("}  // namespace rules")[0]
    stated = re.findall(r"^/// ([Wvs] = .*)$", rules, re.MULTILINE)
    assert stated
    assert {plain(equation) for equation in stated} <= listed(path)


def test_every_scheme_of_initialisation_is_listed() -> None:
    stated = " ".join(listed("cpp/descend/core/initialise.hpp"))
    assert all(name in stated for name in ("scale N(0, 1)", "he", "xavier", "lecun", "b[l] = 0"))
