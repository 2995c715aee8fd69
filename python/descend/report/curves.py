"""How training went, drawn: cost and metrics, the learning rate, the gradients by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from descend.history import History

_FEW_EPOCHS = 50


def cost(history: History) -> Figure:
    """The cost of training and of validation."""
    return _by_epoch({"training": history.cost, "validation": history.metrics.get("val_cost", [])}, "cost")


def metrics(history: History) -> list[Figure]:
    """Each metric that was recorded."""
    return [_by_epoch({name: values}, name) for name, values in history.metrics.items() if name != "val_cost"]


def learning_rate(history: History) -> Figure:
    """That of each epoch's first step."""
    figure = _by_epoch({"learning rate": history.learning_rate}, "learning rate")
    figure.axes[0].set_ylim(bottom=0)
    return figure


def gradients(by_layer: Sequence[Sequence[float]]) -> Figure:
    """The norm of each layer's gradient, on a logarithmic scale."""
    layers = {f"layer {l}": norms for l, norms in enumerate(by_layer, start=1)}
    figure = _by_epoch(layers, "norm of dW")
    if any(norm > 0 for norms in by_layer for norm in norms):
        figure.axes[0].set_yscale("log")
    return figure


def _by_epoch(lines: Mapping[str, Sequence[float]], label: str) -> Figure:
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    for name, values in lines.items():
        if values:
            marker = "." if len(values) <= _FEW_EPOCHS else ""
            axes.plot(range(1, len(values) + 1), values, marker=marker, label=name)
    axes.set(xlabel="epoch", ylabel=label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(axes.lines) > 1:
        axes.legend(frameon=False)
    return figure
