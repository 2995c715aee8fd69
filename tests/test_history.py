"""The record of a training: as columns, text, a pandas table and a picture."""

import pickle

import numpy as np
import pytest
from matplotlib.figure import Figure

from descend.history import History


def history(epochs: int = 3, **metrics: float) -> History:
    return History(
        seed=7,
        cost=[1 / (1 + epoch) for epoch in range(epochs)],
        times=[0.25] * epochs,
        learning_rate=[0.1] * epochs,
        metrics={name: [value] * epochs for name, value in metrics.items()},
        outcome="finished",
    )


def test_columns() -> None:
    columns = history(2, val_cost=0.5).columns()
    assert columns == {
        "epoch": [1, 2],
        "cost": [1.0, 0.5],
        "val_cost": [0.5, 0.5],
        "learning_rate": [0.1, 0.1],
        "seconds": [0.25, 0.25],
    }


def test_pandas() -> None:
    table = history(2, val_accuracy=0.75).to_pandas()
    assert table.index.name == "epoch"
    assert table.index.tolist() == [1, 2]
    assert table.columns.tolist() == ["cost", "val_accuracy", "learning_rate", "seconds"]
    assert table.loc[2, "cost"] == 0.5


def test_text() -> None:
    assert str(history(2)).splitlines() == [
        "epoch  cost  learning_rate  seconds",
        "-----  ----  -------------  -------",
        "1         1            0.1     0.25",
        "2       0.5            0.1     0.25",
    ]
    assert (
        repr(history(4, val_accuracy=0.75))
        == "<History: finished, 4 epochs, cost 0.25, val_accuracy 0.75, 1 s>"
    )


def test_the_middle_of_a_long_table_is_left_out() -> None:
    lines = history(100).table(rows=5).splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "...", "99", "100"]
    assert len(history(5).table(rows=5).splitlines()) == 2 + 5


def test_no_epochs() -> None:
    empty = history(0)
    assert len(str(empty).splitlines()) == 2
    assert repr(empty) == "<History: finished, 0 epochs, 0 s>"
    assert empty.to_pandas().empty
    assert len(empty.plot(Figure()).axes) == 1


def test_pickle() -> None:
    assert pickle.loads(pickle.dumps(history(3, val_cost=1.0))) == history(3, val_cost=1.0)


@pytest.mark.parametrize(
    ("metrics", "panels"),
    [
        ({}, [["cost"]]),
        ({"val_cost": 0.5}, [["cost", "val_cost"]]),
        (
            {"val_cost": 0.5, "val_accuracy": 0.9, "val_f1": 0.8},
            [["cost", "val_cost"], ["val_accuracy", "val_f1"]],
        ),
        ({"accuracy": 0.9}, [["cost"], ["accuracy"]]),
    ],
)
def test_the_picture(metrics: dict[str, float], panels: list[list[str]]) -> None:
    figure = history(3, **metrics).plot(Figure())
    assert [[line.get_label() for line in axes.lines] for axes in figure.axes] == panels
    for axes in figure.axes:
        for line in axes.lines:
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), history(3).cost)


def test_a_picture_of_its_own() -> None:
    from matplotlib import pyplot

    figure = history(3, val_accuracy=0.5).plot()
    assert figure.number in pyplot.get_fignums()  # type: ignore[union-attr]
    pyplot.close("all")


def test_a_notebook_shows_a_picture() -> None:
    assert history(3)._repr_png_().startswith(b"\x89PNG")
