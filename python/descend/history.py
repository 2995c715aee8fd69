"""What training learned about itself: a record by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from descend import text
from descend.drawable import Drawable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure, SubFigure

Outcome: TypeAlias = Literal["running", "finished", "stopped", "interrupted", "diverged", "failed"]


@dataclass(repr=False)
class History(Drawable):
    """The record of one training, a value for each finished epoch in every list.

    Attributes
    ----------
    seed : int
        What shuffling, dropout and a validation share were drawn from.
    cost : list of float
        The weighted mean over the epoch's batches, penalties included; full batch: the cost before the
        update.
    times : list of float
        Seconds spent in training, validation not counted.
    learning_rate : list of float
        That of the epoch's first step.
    metrics : dict of str to list of float
        "val_cost" (without penalties) and "val_accuracy" and so on where there was a validation set,
        "accuracy" and so on where there was none.
    outcome : str
        "finished": all epochs ran; "stopped": by a callback; "interrupted": by Ctrl-C; "diverged"; "failed":
        by any other exception; "running" until then.
    """

    seed: int
    cost: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    outcome: Outcome = "running"

    def columns(self) -> dict[str, list[float]]:
        """The record as columns: epoch (from 1), cost, the metrics, learning_rate, seconds."""
        return {
            "epoch": list(range(1, len(self.cost) + 1)),
            "cost": self.cost,
            **self.metrics,
            "learning_rate": self.learning_rate,
            "seconds": self.times,
        }

    def table(self, rows: int = 20) -> str:
        """The record as text, its middle left out where it has more epochs than `rows`."""
        columns = [[name, *map("{:.6g}".format, values)] for name, values in self.columns().items()]
        header, *lines = map(list, zip(*columns, strict=True))
        if len(lines) > rows:
            head = (rows + 1) // 2
            lines[head : len(lines) - rows // 2] = [["..."] * len(header)]
        return text.table(header, lines)

    def to_pandas(self) -> pd.DataFrame:
        """The record as a pandas table, its index the epoch.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("History.to_pandas needs pandas: pip install 'descend[pandas]'.") from None
        return pd.DataFrame(self.columns()).set_index("epoch")

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the costs and, beside them, the metrics by epoch."""
        panels = [{"cost": self.cost, "val_cost": self.metrics.get("val_cost", [])}, self._scores()]
        panels = [panel for panel in panels if panel]
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            for name, values in panel.items():
                if values:
                    marker = "." if len(values) <= 50 else ""
                    axes.plot(range(1, len(values) + 1), values, marker=marker, label=name)
                    axes.legend(frameon=False)
            axes.set_xlabel("epoch")
            axes.spines[["top", "right"]].set_visible(False)
            axes.xaxis.get_major_locator().set_params(integer=True)

    def _scores(self) -> dict[str, list[float]]:
        return {name: values for name, values in self.metrics.items() if name != "val_cost"}

    def _size(self) -> tuple[float, float]:
        return self.SIZE if self._scores() else (5, 3.5)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        values = {"cost": self.cost, **self.metrics}
        last = [f"{name} {value[-1]:.6g}" for name, value in values.items() if value]
        parts = [self.outcome, f"{len(self.cost)} epochs", *last, f"{sum(self.times):.3g} s"]
        return f"<History: {', '.join(parts)}>"
