"""The live display: what it tells, where, and that narrow terminals and pipes stay readable."""

import io
import re
import sys

import numpy as np
import pytest

import descend as ds
from descend import progress
from descend.callbacks import Run
from descend.history import History

TOLD: progress.Told = [
    (0, "epoch 3/20"),
    (1, "cost 0.1234"),
    (2, "val_accuracy 0.9712"),
    (5, "best 0.9801"),
    (4, "51,234 samples/s"),
    (3, "0:12 left"),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(epochs: int, cost: list[float], **metrics: list[float]) -> Run:
    network = ds.Network(1, [ds.Dense(1)], seed=0)
    return Run(network, ds.Adam(), History(0, cost=cost, metrics=metrics), epochs, None)


def fit(choice: progress.Choice, epochs: int = 3, **settings: object) -> ds.History:
    X = np.linspace(-1, 1, 50)[:, None]
    network = ds.Network(1, [ds.Dense(4, "tanh"), ds.Dense(1, "linear")], seed=0)
    return ds.train(
        network, X, X**2, epochs=epochs, validation=0.2, metrics=["r2"], progress=choice, **settings
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (86, "epoch 3/20  cost 0.1234  val_accuracy 0.9712  best 0.9801  51,234 samples/s  0:12 left"),
        (85, "epoch 3/20  cost 0.1234  val_accuracy 0.9712  51,234 samples/s  0:12 left"),
        (73, "epoch 3/20  cost 0.1234  val_accuracy 0.9712  51,234 samples/s  0:12 left"),
        (72, "epoch 3/20  cost 0.1234  val_accuracy 0.9712  0:12 left"),
        (50, "epoch 3/20  cost 0.1234  val_accuracy 0.9712"),
        (30, "epoch 3/20  cost 0.1234"),
        (20, "epoch 3/20"),
        (5, "epoch"),
    ],
)
def test_a_narrow_line_tells_what_matters_most(width: int, line: str) -> None:
    assert progress.fit(TOLD, width) == line


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (3599, "59:59"), (3723, "1:02:03")]
)
def test_a_clock(seconds: float, shown: str) -> None:
    assert progress.clock(seconds) == shown


def test_what_is_told_in_the_middle_of_an_epoch() -> None:
    # 2.5 of 10 epochs of 400 examples in 5 s: 200 examples a second, 15 s to go.
    it = run(10, [0.5, 0.25], val_cost=[0.75, 0.5], val_accuracy=[0.925, 0.875])
    assert [text for _, text in progress.told(it, 2.5, 400, 5.0)] == [
        "epoch 3/10",
        "cost 0.25",
        "val_accuracy 0.875",
        "best 0.925",
        "200 samples/s",
        "0:15 left",
    ]


def test_what_is_told_before_the_first_epoch_has_ended() -> None:
    it = run(10, [], val_cost=[])
    assert [text for _, text in progress.told(it, 0.0, 400, 5.0)] == ["epoch 1/10", "0 samples/s"]


def test_what_is_told_at_the_end() -> None:
    it = run(10, [0.5, 0.25], val_cost=[0.375, 0.4])
    assert [text for _, text in progress.told(it, 2, 400, 5.0, last=True)] == [
        "epoch 2/10",
        "cost 0.25",
        "val_cost 0.4",
        "best 0.375",
        "160 samples/s",
        "in 0:05",
    ]


def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    history = fit(True)
    lines = stream.getvalue().splitlines()
    assert 1 <= len(lines) <= 4
    assert re.fullmatch(
        r"epoch 3/3  cost \S+  val_r2 \S+  best \S+  [\d,]+ samples/s  in 0:0\d", lines[-1]
    ), lines
    assert f"cost {history.cost[-1]:.4g}" in lines[-1]
    assert "\x1b" not in stream.getvalue()


def test_the_lines_of_a_long_training_come_ever_more_seldom() -> None:
    assert progress._Lines().interval(2) == 1
    assert progress._Lines().interval(3600) == 180


@pytest.mark.parametrize("choice", [False, "auto"])
def test_a_pipe_gets_nothing_unasked(choice: progress.Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    fit(choice)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("width", [24, 60, 120])
def test_a_terminal_gets_one_line_no_wider_than_itself(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(width))
    fit(True)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    lines = [line for line in re.split(r"[\r\n]+", shown) if line.strip()]
    assert all(len(line) <= width for line in lines)
    assert lines[-1].startswith("epoch 3/3  cost")
    assert ("samples/s" in lines[-1]) == (width > 60)
    assert ("━" in lines[-1]) == (width >= 60)


def test_auto_says_nothing_of_a_short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    fit("auto")
    assert stream.getvalue() == ""


def test_auto_shows_a_training_that_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    fit("auto")
    assert "epoch 3/3" in stream.getvalue()


def test_a_dumb_terminal_is_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "dumb")
    fit(True)
    assert "\x1b" not in stream.getvalue()
    assert "epoch 3/3" in stream.getvalue()


def test_a_notebook_draws_a_bar_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    display = pytest.importorskip("IPython.display", reason="IPython is not installed")
    shown: list[dict[str, str]] = []

    class Place:
        def update(self, content: dict[str, str], *, raw: bool) -> None:
            assert raw
            shown.append(content)

    monkeypatch.setattr(display, "display", lambda *_, **__: Place())
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    fit(True)
    assert shown[-1]["text/plain"].startswith("epoch 3/3  cost")
    assert '<progress max="1" value="1.0000"' in shown[-1]["text/html"]
    assert shown[-1]["text/plain"] in shown[-1]["text/html"]


def test_a_slow_epoch_is_shown_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    display = progress.Progress(run(4, [0.5]), 100, 8, True)
    display.poll(1, 4)
    assert stream.getvalue().startswith("epoch 2/4  cost 0.5  ")


def test_nobody_looks_without_a_display() -> None:
    assert progress.Progress(run(4, []), 100, 8, False).seconds == float("inf")
