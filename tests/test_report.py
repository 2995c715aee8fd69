"""The report: one page that needs nothing else, tells all there is to tell, and leaves out what it should."""

import base64
import csv
import re
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest

from commands import Finished, people
from descend.report import drawing, examples, importance, quality
from descend.report.page import Section, Table, render

SECTIONS = ["Data", "Network", "Training", "Quality", "Examples", "Inputs", "Use"]


class Outline(HTMLParser):
    """Headings, cells, and every address that the page would fetch or follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.cells: list[str] = []
        self.addresses: list[str] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")
        ]

    def handle_data(self, data: str) -> None:
        if self._tag in ("h1", "h2", "h3"):
            self.headings.append(data.strip())
        if self._tag in ("td", "th"):
            self.cells.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""


@pytest.fixture
def page(run: Callable[..., Finished], tmp_path: Path) -> Callable[..., str]:
    """The report of a run on the table of people."""
    people(tmp_path / "people.csv")

    def page(*options: object) -> str:
        finished = run(
            "train", "people.csv", "--target", "answer", "--epochs", 1, "--quiet", "--output", "run", *options
        )
        assert finished.code == 0, finished.err
        return Path("run/report.html").read_text()

    return page


def test_it_has_every_section_and_needs_nothing_from_elsewhere(page: Callable[..., str]) -> None:
    outline = Outline(text := page("--learning-rate", 1e-9))  # Hardly trained, it is wrong somewhere.
    assert [heading for heading in outline.headings if heading in SECTIONS] == SECTIONS
    for heading in (
        "Gradients by layer",
        "Learning rate",
        "Confusion matrix",
        "ROC, with the area beneath",
        "Precision and recall",
        "Calibration, and how many rows",
        "Most confidently wrong, answer",
        "Permutation importance",
    ):
        assert heading in outline.headings
    assert {"age", "city", "number, standard", "level", "accuracy"} <= set(outline.cells)
    assert all(address.startswith(("#", "data:image/svg+xml;base64,")) for address in outline.addresses)
    assert "<script" not in text
    for address in outline.addresses:
        if address.startswith("data:"):
            svg = base64.b64decode(address.partition(",")[2]).decode()
            assert not re.search(r'href="(?!#|data:)', svg)


def test_without_examples_no_row_of_the_data_is_in_it(page: Callable[..., str]) -> None:
    outline = Outline(page("--no-examples"))
    assert "Examples" not in outline.headings
    assert not [cell for cell in outline.cells if "person " in cell]


def test_the_same_run_gives_the_same_report(page: Callable[..., str], tmp_path: Path) -> None:
    first = re.sub(r"[\d.e-]+ s\.|<dd>[^<]*</dd>", "", page())
    Path("run").rename("before")
    assert re.sub(r"[\d.e-]+ s\.|<dd>[^<]*</dd>", "", page()) == first


def test_its_python_gives_what_predict_does(page: Callable[..., str], run: Callable[..., Finished]) -> None:
    (python,) = re.findall(r"<pre>(from descend.*?)</pre>", page(), re.DOTALL)
    exec(unescape(python).replace("FILE", "people.csv"), {})
    predicted = run("predict", "run", "people.csv").out.splitlines()
    lines = list(csv.DictReader(predicted[1:]))
    assert predicted[0] == str([line["answer"] for line in lines])


def test_no_report_on_request(run: Callable[..., Finished]) -> None:
    assert run("train", "iris", "--epochs", 1, "--no-report", "--output", "run").code == 0
    assert not Path("run/report.html").exists()


def test_a_part_of_one_row_and_no_part_to_judge_by_have_reports_too(run: Callable[..., Finished]) -> None:
    for folder, share in (("one", 0.02), ("none", 0)):
        words = ("--test", share, "--validation", share, "--epochs", 1, "--output", folder)
        assert run("train", "houses", *words).code == 0
    assert "It was trained on" in Path("none/report.html").read_text()


def test_numbers_have_residuals(run: Callable[..., Finished]) -> None:
    run("train", "houses", "--epochs", 2, "--output", "run")
    headings = Outline(Path("run/report.html").read_text()).headings
    assert {"Predictions", "Residuals", "Furthest from the truth, price"} <= set(headings)
    assert "Confusion matrix" not in headings


def test_words_of_the_data_are_never_html() -> None:
    bad = "<script>alert('&\"')</script>"
    text = render(bad, [(bad, bad)], [Section(bad, bad, [Table(bad, [bad], [[bad]])])])
    assert "<script>" not in text
    assert Outline(text).cells == [bad, bad]


def test_wrong_rows_are_found_by_hand() -> None:
    y = np.array([0, 1, 2, 0])
    P = np.array([[0.6, 0.3, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    assert examples.worst_classified(y, P).tolist() == [2, 1, 3, 0]
    assert examples.confidently_wrong(y, P).tolist() == [2, 1, 3]
    assert examples.worst_predicted(np.array([1.0, 2, 3]), np.array([1.5, 2, 0])).tolist() == [2, 0, 1]


def test_only_what_is_used_matters() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    y = 2 * X[:, 0] + X[:, 1]

    def score(X: np.ndarray, rows: np.ndarray) -> float:
        return -np.mean(np.square(2 * X[:, 0] + X[:, 1] - y[rows]))

    blocks = {name: np.array([k]) for k, name in enumerate("abc")}
    found = importance.by_permutation(X, blocks, score)
    assert [each.name for each in found] == ["a", "b", "c"]
    # A permuted column is as good as a second draw: E (2 (x - x'))^2 = 4 * 2 Var x.
    assert found[0].mean == pytest.approx(8, rel=0.2)
    assert found[1].mean == pytest.approx(2, rel=0.2)
    assert found[2].mean == 0


def test_patches_cover_an_image_once() -> None:
    for shape in ((28, 28), (5, 9, 3), (3, 2)):
        patches = importance.patches(shape)
        assert sorted(np.concatenate(list(patches.values()))) == list(range(int(np.prod(shape))))


@pytest.mark.parametrize(("size", "drawn"), [(1, 1), (8, 8), (9, 9), (10, 8), (500, 8)])
def test_wide_layers_are_drawn_in_part(size: int, drawn: int) -> None:
    assert len(drawing._heights(size)) == drawn


def test_calibration_is_drawn_where_it_was_said() -> None:
    P = np.array([[0.9, 0.1]] * 10)
    line = quality.calibration(np.array([0] * 7 + [1] * 3), P).axes[0].lines[1]
    assert np.asarray(line.get_xydata()).tolist() == [[pytest.approx(0.9), pytest.approx(0.7)]]


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = which("chromium") or which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium; apt-get install chromium brings it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [360, 1100])
def test_a_browser_shows_it_on_a_screen_of_any_width(
    browser: Any, page: Callable[..., str], width: int
) -> None:
    page()
    complaints: list[str] = []
    shown = browser.new_page(viewport={"width": width, "height": 800})
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: complaints.append(request.url) if "http" in request.url[:5] else None)
    shown.goto(Path("run/report.html").absolute().as_uri())
    assert complaints == []
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    sizes = shown.evaluate(
        "[...document.images].map(image => [image.naturalWidth, image.getBoundingClientRect().width])"
    )
    assert len(sizes) >= 9
    assert all(natural > 0 and 0 < shown_width <= width for natural, shown_width in sizes)
    assert shown.locator("h2").all_inner_texts() == SECTIONS
    shown.close()


def test_a_browser_prints_it(browser: Any, page: Callable[..., str]) -> None:
    page()
    shown = browser.new_page()
    shown.goto(Path("run/report.html").absolute().as_uri())
    printed = shown.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12
    shown.emulate_media(media="print")
    assert not shown.locator("nav").is_visible()
    shown.close()
