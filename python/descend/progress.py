"""The live display of a training: epoch, cost, validation metric and its best, samples/s and time left."""

from __future__ import annotations

import html
import math
import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

from descend.metrics import greater_is_better

if TYPE_CHECKING:
    from descend.callbacks import Run

Choice: TypeAlias = bool | Literal["auto"]
Told: TypeAlias = list[tuple[int, str]]  # what there is to tell, each with its rank: 0 is dropped last

_PATIENCE = 1.0  # seconds before "auto" shows anything


class Progress:
    """Follows a training and shows it, if that was asked for and there is somebody to see it.

    Parameters
    ----------
    run : Run
        The training.
    n_examples, steps_per_epoch : int
        How many examples and steps an epoch has.
    choice : bool or "auto"
        True shows a line that lives in a terminal or notebook, and elsewhere a line from time to time; "auto"
        shows only in a terminal or notebook, and only a training that takes longer than a second.
    """

    def __init__(self, run: Run, n_examples: int, steps_per_epoch: int, choice: Choice) -> None:
        self._run = run
        self._n_examples = n_examples
        self._steps_per_epoch = steps_per_epoch
        self._kind = _surface(choice)
        self._surface: _Surface | None = None
        self._start = time.perf_counter()
        self._next = self._start + (_PATIENCE if choice == "auto" else 0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._update(self._run.epoch, last=True)
        if self._surface is not None:
            self._surface.close()

    @property
    def seconds(self) -> float:
        """How long the core may run on before the display wants the costs of its epochs."""
        return math.inf if self._kind is None else max(self._next - time.perf_counter(), 0.0)

    def poll(self, epoch: int, step: int) -> None:
        """What the core calls ten times a second, also inside an epoch."""
        self._update(epoch + step / self._steps_per_epoch)

    def epoch_end(self) -> None:
        """Show the last epoch, if it is time to."""
        self._update(self._run.epoch)

    def _update(self, done: float, *, last: bool = False) -> None:
        now = time.perf_counter()
        if self._kind is None or (now < self._next and not (last and self._surface)):
            return
        if self._surface is None:
            self._surface = self._kind()
        elapsed = now - self._start
        self._surface.show(
            told(self._run, done, self._n_examples, elapsed, last=last), done / self._run.epochs
        )
        self._next = time.perf_counter() + self._surface.interval(elapsed)


def told(run: Run, done: float, n_examples: int, elapsed: float, *, last: bool = False) -> Told:
    """What there is to tell after `done` epochs and `elapsed` seconds."""
    epoch = run.epoch if last else min(int(done) + 1, run.epochs)
    fields = [(0, f"epoch {epoch}/{run.epochs}")]
    if run.history.cost:
        fields.append((1, f"cost {run.history.cost[-1]:.4g}"))
    metric = min(run.history.metrics, key="val_cost".__eq__, default=None)
    if metric is not None and run.history.metrics[metric]:
        values = run.history.metrics[metric]
        if not math.isnan(values[-1]):  # as in an epoch that Ctrl-C cut off
            fields.append((2, f"{metric} {values[-1]:.4g}"))
        fields.append((5, f"best {(max if greater_is_better(metric) else min)(values):.4g}"))
    fields.append((4, f"{n_examples * done / elapsed:,.0f} samples/s"))
    if last:
        fields.append((3, f"in {clock(elapsed)}"))
    elif done > 0:
        fields.append((3, f"{clock(elapsed * (run.epochs - done) / done)} left"))
    return fields


def fit(fields: Told, width: int) -> str:
    """As many of the fields on one line as the width takes."""
    kept = list(fields)
    while len(line := "  ".join(text for _, text in kept)) > width and len(kept) > 1:
        kept.remove(max(kept))
    return line[:width]


def clock(seconds: float) -> str:
    """Seconds as 0:07 or 1:02:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class _Surface:
    """Where a display appears."""

    def interval(self, elapsed: float) -> float:
        """Seconds until the next update."""
        return 0.1

    def show(self, fields: Told, share: float) -> None:
        """Show the fields, and how much is done, in place of what was shown before."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave what was shown last."""


class _Terminal(_Surface):
    """One line with a bar, drawn over and over by rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=sys.stdout.isatty())
        self._live.start()

    def show(self, fields: Told, share: float) -> None:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        line = fit(fields, self._console.width)
        grid = Table.grid(padding=(0, 1))
        room = min(self._console.width - len(line) - 2, 40)
        bar = [ProgressBar(1.0, share, width=room)] if room >= 8 else []
        grid.add_row(line, *bar)
        self._live.update(grid, refresh=True)

    def close(self) -> None:
        self._live.stop()


class _Notebook(_Surface):
    """A bar and a line in a cell's output, drawn anew in their place."""

    def __init__(self) -> None:
        from IPython.display import display

        self._place: Any = cast(Any, display)({"text/plain": ""}, raw=True, display_id=True)

    def show(self, fields: Told, share: float) -> None:
        line = fit(fields, 100)
        bar = f'<progress max="1" value="{share:.4f}" style="width: 12em; vertical-align: middle"></progress>'
        shown = f"{bar} <span style='font-family: monospace'>{html.escape(line)}</span>"
        self._place.update({"text/plain": line, "text/html": shown}, raw=True)


class _Lines(_Surface):
    """A line for each update, ever more seldom: the log of a long training stays short."""

    def interval(self, elapsed: float) -> float:
        return max(1.0, elapsed / 20)

    def show(self, fields: Told, share: float) -> None:
        print("  ".join(text for _, text in fields), file=sys.stderr, flush=True)


def _surface(choice: Choice) -> type[_Surface] | None:
    """Where to show what was asked for: nowhere, if None."""
    if choice is not True and choice is not False and choice != "auto":
        raise ValueError(f"progress is {choice!r}: give True, False or 'auto'.")
    if not choice or sys.stderr is None:
        return None
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return _Terminal
    if "ipykernel" in sys.modules:
        return _Notebook
    return _Lines if choice is True else None
