"""The results as tables (the same text in the terminal and in Markdown), as JSON, and as one picture."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import denormals, estimators, footprint, graphs, mnist, training
from bench.measure import Times
from bench.peers import PEERS, TRAINING_PEERS

MARKS = ("<!-- results: written by python -m bench --publish -->", "<!-- end of results -->")


@dataclass
class Results:
    """Everything that one run found out."""

    machine: dict[str, str]
    software: dict[str, str] = field(default_factory=dict)
    training: list[training.Row] = field(default_factory=list)
    inference: dict[tuple[int, int], dict[str, Times]] = field(default_factory=dict)
    footprint: dict[str, footprint.Footprint] = field(default_factory=dict)
    mnist: list[mnist.Run] = field(default_factory=list)
    denormals: dict[str, denormals.Decay] = field(default_factory=dict)
    graphs: dict[str, graphs.Cost] = field(default_factory=dict)
    estimators: list[estimators.Result] = field(default_factory=list)
    idle_share: float = 0.0
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """Seconds and bytes throughout; every round is kept."""
        document: dict[str, Any] = {
            "machine": self.machine,
            "software": self.software,
            "idle_share": self.idle_share,
            "failures": self.failures,
            "training": [
                {
                    "workload": row.workload.name,
                    "threads": row.threads,
                    "seconds_per_step": {peer: _times(times) for peer, times in row.times.items()},
                    "limit": asdict(row.limit) | {"seconds": row.limit.seconds} if row.limit else None,
                }
                for row in self.training
            ],
            "inference": [
                {
                    "rows": rows,
                    "threads": threads,
                    "seconds_per_call": {p: _times(t) for p, t in times.items()},
                }
                for (rows, threads), times in self.inference.items()
            ],
            "footprint": {name: asdict(f) for name, f in self.footprint.items()},
            "mnist": [asdict(run) for run in self.mnist],
            "estimators": [
                asdict(case)
                | {package: [asdict(fit) for fit in fits] for package, fits in by_package.items()}
                for case, by_package in self.estimators
            ],
            "denormals": {
                peer: asdict(decay) | {"ratio": decay.ratio} for peer, decay in self.denormals.items()
            },
            "graphs": {name: asdict(cost) | {"ratio": cost.ratio} for name, cost in self.graphs.items()},
        }
        return json.dumps(document, indent=1)

    def as_text(self) -> str:
        """All tables under their headings."""
        parts = []
        for threads in sorted({row.threads for row in self.training}):
            rows = [row for row in self.training if row.threads == threads]
            parts += [f"### Microseconds per training step, {_threads(threads)}", training_table(rows)]
        both = _scaling(self.training)
        if both:
            parts += ["### One to two threads: how many times as fast", both]
        if self.inference:
            parts += ["### Microseconds per prediction, 784-128-64-10", inference_table(self.inference)]
        if self.mnist:
            title = f"### Seconds of training to {mnist.ACCURACY:.1%} on MNIST's test set"
            parts += [title, mnist_table(self.mnist)]
        if self.footprint:
            parts += ["### Before the first step", footprint_table(self.footprint)]
        if self.denormals:
            parts += ["### Adam over decayed moments, microseconds per step", denormals_table(self.denormals)]
        if self.graphs:
            parts += [
                "### Activations and losses as graphs, microseconds per step",
                graphs_table(self.graphs),
            ]
        if self.estimators:
            parts += [
                "### scikit-learn's MLP and descend's: fit, predict and score",
                estimators_table(self.estimators),
            ]
        facts = [f"- {name}: {value}" for name, value in (self.machine | self.software).items()]
        facts.append(f"- processor time of workers while asleep: {self.idle_share:.2%}")
        facts += [f"- failed: {failure}" for failure in self.failures]
        return "\n\n".join([*parts, "### Measured on", "\n".join(facts)]) + "\n"


def _times(times: Times) -> dict[str, Any]:
    return asdict(times) | {"median": times.median, "spread": times.spread}


def _threads(n: int) -> str:
    return "one thread" if n == 1 else f"{n} threads"


def number(value: float) -> str:
    """Three significant digits, and never an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns are also aligned as plain text."""
    lines = [list(header), *map(list, rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    aligned = (
        [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]
        for line in lines
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in aligned)


def _peers(times: Iterable[dict[str, Times]]) -> list[str]:
    """Who is in any of the lines of a table."""
    measured = set().union(*times)
    return [peer for peer in PEERS if peer in measured]


def _cell(times: Times | None, ours: Times | None) -> str:
    """Microseconds, half the interquartile range, and the ratio to descend; of one that failed, nothing."""
    if times is None:
        return ""
    text = f"{number(times.median * 1e6)} ±{times.spread / 2:.0%}"
    return text if ours in (None, times) else f"{text} ({number(times.median / ours.median)}x)"


def training_table(rows: Sequence[training.Row]) -> str:
    peers = _peers(row.times for row in rows)
    header = [
        "workload",
        *(PEERS[peer].label for peer in peers),
        "samples/s",
        "fastest / ours",
        "goal",
        "limit",
        "of it",
    ]

    def line(row: training.Row) -> list[str]:
        ours = row.times.get("descend")
        shown = ours or min(row.times.values(), key=lambda times: times.median, default=None)
        limit = row.limit
        return [
            row.workload.name,
            *(_cell(row.times.get(peer), ours) for peer in peers),
            f"{row.workload.batch / shown.median:,.0f}" if shown else "",
            f"{row.fastest / ours.median:.2f}" if ours and row.fastest else "",
            f"{row.workload.goal:.1f}" if row.threads == 2 else "",
            number(limit.seconds * 1e6) if limit else "",
            f"{shown.median / limit.seconds:.2f}" if shown and limit else "",
        ]

    return table(header, map(line, rows))


def _scaling(rows: Sequence[training.Row]) -> str:
    times = {(row.workload.name, row.threads): row.times for row in rows}
    names = [name for name, threads in times if threads == 1 and (name, 2) in times]
    if not names:
        return ""
    peers = _peers(times.values())

    def cell(name: str, peer: str) -> str:
        one, two = (times[name, threads].get(peer) for threads in (1, 2))
        return f"{one.median / two.median:.2f}" if one and two else ""

    return table(
        ["workload", *(PEERS[peer].label for peer in peers)],
        ([name, *(cell(name, peer) for peer in peers)] for name in names),
    )


def inference_table(results: dict[tuple[int, int], dict[str, Times]]) -> str:
    peers = _peers(results.values())
    return table(
        ["rows, threads", *(PEERS[peer].label for peer in peers)],
        (
            [f"{rows:,}, {threads}", *(_cell(times.get(peer), times.get("descend")) for peer in peers)]
            for (rows, threads), times in results.items()
        ),
    )


def mnist_table(runs: Sequence[mnist.Run]) -> str:
    medians = mnist.medians(runs)
    ours = medians.get("descend")
    return table(
        ["", "median seconds", "epochs of each seed", "ratio"],
        (
            [
                PEERS[peer].label,
                f"{seconds:.2f}",
                " ".join(str(run.epochs) for run in runs if run.peer == peer),
                f"{seconds / ours:.1f}x" if ours else "",
            ]
            for peer, seconds in medians.items()
        ),
    )


def footprint_table(results: dict[str, footprint.Footprint]) -> str:
    return table(
        ["", "import, ms", "installed, MB", "with what it needs, MB", "peak while training mnist128, MB"],
        (
            [PEERS[peer].label, number(f.import_seconds * 1e3)]
            + [number(size / 1e6) for size in (f.installed, f.closure, f.peak)]
            for peer, f in results.items()
        ),
    )


def estimators_table(results: list[estimators.Result]) -> str:
    def line(case: estimators.Case, fits: dict[str, list[estimators.Fit]]) -> list[str]:
        ours, theirs = fits["descend"], fits["sklearn"]
        cells = [f"{case.label} ({case.dtype})"]
        for what in ("fit", "predict"):
            mine, its = estimators.median(ours, what), estimators.median(theirs, what)
            cells += [number(mine * 1e3), number(its * 1e3), f"{its / mine:.1f}x"]
            if what == "fit":
                cells.append(f"{case.goal:.0f}")
        cells += [number(estimators.median(each, "memory") / 1e6) for each in (ours, theirs)]
        for each in (ours, theirs):
            scores = [fit.score for fit in each]
            cells.append(f"{statistics.fmean(scores):.4f} ±{statistics.pstdev(scores):.4f}")
        return cells

    columns = ["ours", "theirs", "ratio"]
    header = [
        "",
        *(f"fit, ms: {columns[0]}", *columns[1:], "goal"),
        f"predict, ms: {columns[0]}",
        *columns[1:],
        *("fit's memory, MB: ours", "theirs"),
    ]
    return table([*header, "score: ours", "theirs"], (line(case, fits) for case, fits in results))


def denormals_table(results: dict[str, denormals.Decay]) -> str:
    return table(
        ["", "fresh", "decayed", "ratio"],
        (
            [PEERS[peer].label, number(d.fresh * 1e6), number(d.decayed * 1e6), f"{d.ratio:.2f}"]
            for peer, d in results.items()
        ),
    )


def graphs_table(results: dict[str, graphs.Cost]) -> str:
    return table(
        ["as a graph", "built in", "graph", "ratio"],
        (
            [name, number(cost.built_in * 1e6), number(cost.graph * 1e6), f"{cost.ratio:.2f}"]
            for name, cost in results.items()
        ),
    )


def draw(rows: Sequence[training.Row], file: Path) -> None:
    """Time per step on the most threads measured, on a logarithmic scale; a dash for the limit."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    threads = max(row.threads for row in rows)
    rows = [row for row in rows if row.threads == threads]
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    places = range(len(rows))
    marks = dict(zip(TRAINING_PEERS, "ooXDsv^P", strict=True))
    for peer in _peers(row.times for row in rows):
        ours = peer.startswith("descend")
        axes.plot(
            places,
            [row.times[peer].median * 1e6 if peer in row.times else math.nan for row in rows],
            marks[peer],
            label=PEERS[peer].label,
            color="black" if ours else f"C{TRAINING_PEERS.index(peer) - 2}",
            markerfacecolor="white" if peer == "descend64" else None,
            markersize=8 if ours else 6,
            zorder=3 if ours else 2,
        )
    if all(row.limit for row in rows):
        limits = [row.limit.seconds * 1e6 for row in rows if row.limit]
        axes.plot(
            places, limits, "_", color="gray", markersize=18, markeredgewidth=2, label="limit", zorder=1
        )
    axes.set_yscale("log")
    axes.set_xticks(places, [row.workload.name for row in rows], rotation=30, ha="right")
    axes.set_ylabel(f"microseconds per step, {_threads(threads)}")
    axes.grid(axis="y", alpha=0.3)
    figure.legend(loc="outside upper center", fontsize="small", ncols=5)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def save(results: Results, folder: Path, stem: str) -> None:
    """``stem.json``, ``stem.md`` and ``stem.png`` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.json").write_text(results.as_json() + "\n")
    (folder / f"{stem}.md").write_text(results.as_text())
    if results.training:
        draw(results.training, folder / f"{stem}.png")


def publish(results: Results, readme: Path) -> None:
    """Put the tables between the marks of ``bench/README.md``."""
    before, rest = readme.read_text().split(MARKS[0])
    _, after = rest.split(MARKS[1])
    readme.write_text(f"{before}{MARKS[0]}\n\n{results.as_text()}\n{MARKS[1]}{after}")
