"""From a run to its report: which sections it has, and what stands in them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.cli.judging import Judgement, judge, mean_scores
from descend.config import RunConfig
from descend.data.pixels import Pixels
from descend.data.prepare import Part, Prepared
from descend.data.preprocess import Preprocess
from descend.gradient_norms import GradientNorms
from descend.history import History
from descend.network import Network
from descend.report import (
    Scores,
    columns,
    curves,
    drawing,
    examples,
    importance,
    metrics_rows,
    quality,
    written,
)
from descend.report.importance import Importance
from descend.report.page import Block, Code, Picture, Section, Table, render

_MOST_COLUMNS_SHOWN = 8
_MOST_TARGETS_SHOWN = 4
_MOST_BLOCKS_PERMUTED = 200
_PARTS = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class Report:
    """All that a report tells of."""

    config: RunConfig
    prepared: Prepared
    network: Network
    history: History
    norms: GradientNorms
    judged: Mapping[str, Sequence[Judgement]]
    scores: Scores

    def html(self, folder: str) -> str:
        """The page of a run in this folder."""
        sections = [self._data(), self._network(), self._training(), self._quality()]
        if self.config.output.examples:
            sections.append(self._examples())
        sections += [self._inputs(), self._use(folder)]
        title = f"{self.prepared.name}: {self.prepared.task} of {', '.join(self.prepared.target.names)}"
        return render(title, self._facts(), sections)

    @property
    def _judge(self) -> str:
        """The part that nothing was learned from, if there is one."""
        return list(self.prepared.parts)[-1]

    @property
    def _judgements(self) -> Sequence[Judgement]:
        return self.judged[self._judge]

    def _facts(self) -> list[tuple[str, str]]:
        chosen = self.scores[self._judge]
        names = [name for name in ("accuracy", "roc_auc", "rmse", "r2") if name in chosen]
        return [
            *((f"{name} ({_PARTS[self._judge]})", written(name, chosen[name])) for name in names),
            ("rows", f"{sum(len(part.y) for part in self.prepared.parts.values()):,}"),
            ("parameters", f"{self.network.n_parameters:,}"),
            ("epochs", str(len(self.history.cost))),
            ("seconds of training", f"{sum(self.history.times):.3g}"),
        ]

    def _data(self) -> Section:
        prepared, train = self.prepared, self.prepared.parts["train"]
        rows = ", ".join(f"{len(part.y):,} {_PARTS[name]}" for name, part in prepared.parts.items())
        blocks: list[Block] = [_target(each) for each in self.judged["train"][:_MOST_TARGETS_SHOWN]]
        if isinstance(prepared.preprocess, Preprocess):
            table = train.data.inputs
            shown = prepared.preprocess.columns[: columns.MOST_LISTED]
            described = [
                [name, kind, missing, different, values, note]
                for column in shown
                for kind, note in [column.described]
                for name, missing, different, values in [columns.described(column.name, table[column.name])]
            ]
            header = ["column", "type", "missing", "different", "values", "made of it"]
            title = f"Columns of the training part ({len(prepared.preprocess.columns):,})"
            blocks.append(Table(title, header, described))
            words = f"{len(prepared.preprocess.columns):,} columns; {rows} rows."
        else:
            words = f"Images of {' x '.join(map(str, train.data.inputs.shape[1:]))} pixels; {rows}."
        return Section("Data", words, blocks)

    def _network(self) -> Section:
        layers = [
            [
                str(l),
                layer.activation,
                f"{layer.n_inputs:,}",
                f"{layer.units:,}",
                f"{layer.W.size + layer.b.size:,}",
                f"{np.sqrt(np.mean(np.square(layer.W))):.3g}",
            ]
            for l, layer in enumerate(self.network.layers, start=1)
        ]
        header = ["layer", "activation", "inputs", "units", "weights and biases", "rms of W"]
        words = (
            f"{len(layers)} layers, {self.network.n_parameters:,} parameters of {self.network.dtype.name}."
        )
        blocks: list[Block] = [
            Picture("The network", drawing.network(self.network), wide=True),
            Table("Layers", header, layers),
        ]
        return Section("Network", words, blocks)

    def _training(self) -> Section:
        train, history = self.config.train, self.history
        words = (
            f"{train.optimizer}, {len(history.cost)} of at most {train.epochs} epochs, batches of "
            f"{train.batch_size}, seed {train.seed}; {history.outcome} after {sum(history.times):.3g} s."
        )
        drawn = {
            "Cost": curves.cost(history),
            **{figure.axes[0].get_ylabel(): figure for figure in curves.metrics(history)},
            "Learning rate": curves.learning_rate(history),
            "Gradients by layer": curves.gradients(self.norms.by_layer),
        }
        return Section("Training", words, [Picture(name, figure) for name, figure in drawn.items()])

    def _quality(self) -> Section:
        header, rows = metrics_rows({_PARTS.get(name, name): part for name, part in self.scores.items()})
        blocks: list[Block] = [Table("Metrics", header, rows)]
        for judgement in self._judgements[:_MOST_TARGETS_SHOWN]:
            blocks += _pictures(judgement)
        words = f"The pictures are of the {_PARTS[self._judge]} part."
        if self._judge == "train":
            words += " It was trained on: they cannot tell how good the network is elsewhere."
        return Section("Quality", words, blocks)

    def _examples(self) -> Section:
        blocks = []
        for judgement in self._judgements[:_MOST_TARGETS_SHOWN]:
            for title, rows in _chosen(judgement).items():
                if len(rows):
                    blocks.append(self._shown(f"{title}, {judgement.name}", judgement, rows))
        words = f"Rows of the {_PARTS[self._judge]} part, counted from 0 as the part was dealt."
        if not blocks:
            words = f"Every row of the {_PARTS[self._judge]} part was predicted right."
        return Section("Examples", words, blocks)

    def _shown(self, title: str, judgement: Judgement, rows: NDArray[np.intp]) -> Block:
        """Rows as images, or as a table of their most important columns."""
        said = [_said(judgement, row) for row in rows]
        part = self.prepared.parts[self._judge].data
        if not isinstance(part.inputs, pa.Table):
            captions = [f"{true}, not {predicted}\n{sure}" for true, predicted, sure in said]
            return Picture(title, examples.pictures(np.asarray(part.inputs[rows]), captions), wide=True)
        names = [each.name for each in self._importances][:_MOST_COLUMNS_SHOWN]
        chosen = part.inputs.select(names).take(rows).to_pylist()
        header = ["row", "true", "predicted", "probability" if judgement.classes else "error", *names]
        return Table(
            title,
            header,
            [
                [str(row), *words, *(_word(value) for value in values.values())]
                for row, words, values in zip(rows, said, chosen, strict=True)
            ],
        )

    @cached_property
    def _importances(self) -> list[Importance]:
        """Of the columns, or of patches of images; of too many columns none, in their order."""
        part, preprocess = self.prepared.parts[self._judge], self.prepared.preprocess
        blocks = importance.patches(preprocess.shape) if isinstance(preprocess, Pixels) else preprocess.blocks
        if len(blocks) > _MOST_BLOCKS_PERMUTED:
            return [Importance(name, 0.0, 0.0) for name in blocks]

        def score(X: NDArray[Any], rows: NDArray[np.intp]) -> float:
            sample = Part(X, part.y[rows], None, part.data.take(rows))
            scores = mean_scores(judge(self.network, self.prepared.target, sample))
            return -scores["log_loss" if "log_loss" in scores else "rmse"]

        return importance.by_permutation(part.X, blocks, score)

    def _inputs(self) -> Section:
        change = "log loss rises" if self.prepared.task == "classification" else "RMSE rises"
        if len(self._importances) > _MOST_BLOCKS_PERMUTED:
            words = (
                f"There are more than {_MOST_BLOCKS_PERMUTED} columns: too many to be permuted one by one."
            )
            return Section("Inputs", words, [])
        is_table = isinstance(self.prepared.preprocess, Preprocess)
        words = (
            f"By how much {change} when {'a column' if is_table else 'a patch'} is dealt anew among the rows "
            f"of the {_PARTS[self._judge]} part, which breaks its tie to the target. "
            f"{'Columns' if is_table else 'Patches'} that tell the same share their importance."
        )
        figure = (importance.bars if is_table else importance.heat_map)(
            self._importances, f"how much {change}"
        )
        return Section("Inputs", words, [Picture("Permutation importance", figure)])

    def _use(self, folder: str) -> Section:
        reader, call = (
            ("read_pictures", 'read_pictures("FILE", preprocess.shape)[0].inputs')
            if isinstance(self.prepared.preprocess, Pixels)
            else ("read", 'read("FILE", text=preprocess.text).inputs.select(preprocess.names)')
        )
        python = (
            f"from descend.data.load import {reader}\n"
            "from descend.persist import load_model\n\n"
            f"network, preprocess, target = load_model({f'{folder}/model.safetensors'!r})\n"
            f"inputs = {call}\n"
            "outputs = network.predict(preprocess.transform(inputs))\n"
            f"print(target.decode(outputs)[{self.prepared.target.names[0]!r}])"
        )
        shell = f"descend predict {shlex.quote(folder)} FILE --output predictions.csv"
        again = f"descend train {shlex.quote(folder)}/run.toml"
        blocks = [
            Code("In Python", python),
            Code("Predictions for a file", shell),
        ]
        words = "The model file holds the weights, the preprocessing and the target's names, and no code."
        return Section("Use", words, [*blocks, Code("The same run again", again), self._record()])

    def _record(self) -> Table:
        record = self.config.record.items()
        return Table("Made with and from", ["what", "which"], [[name, value] for name, value in record])


def _target(judgement: Judgement) -> Picture:
    title = f"The target, {judgement.name}"
    if judgement.classes:
        counts = np.bincount(judgement.true, minlength=len(judgement.classes)).tolist()
        return Picture(title, columns.balance(judgement.name, judgement.classes, counts))
    return Picture(title, columns.histogram(judgement.name, judgement.true))


def _pictures(judgement: Judgement) -> list[Picture]:
    name, true, predicted = judgement.name, judgement.true, judgement.predicted
    if not judgement.classes:
        return [
            Picture("Predictions", quality.predicted(true, predicted, name)),
            Picture("Residuals", quality.residuals(true, predicted, name)),
        ]
    return [
        Picture("Confusion matrix", quality.confusion(judgement.confusion, judgement.classes)),
        Picture("ROC, with the area beneath", quality.roc(true, predicted, judgement.classes)),
        Picture("Precision and recall", quality.precision_recall(true, predicted, judgement.classes)),
        Picture("Calibration, and how many rows", quality.calibration(true, predicted)),
    ]


def _chosen(judgement: Judgement) -> dict[str, NDArray[np.intp]]:
    """The rows to look at; with two classes, the worst are the most confidently wrong."""
    true, predicted = judgement.true, judgement.predicted
    if not judgement.classes:
        return {"Furthest from the truth": examples.worst_predicted(true, predicted)}
    wrong = {"Most confidently wrong": examples.confidently_wrong(true, predicted)}
    if len(judgement.classes) == 2:
        return wrong
    return {"True class least probable": examples.worst_classified(true, predicted), **wrong}


def _said(judgement: Judgement, row: np.intp) -> tuple[str, str, str]:
    """The truth, the prediction, and how sure or how far off it was."""
    true, predicted = judgement.true[row], judgement.predicted[row]
    if not judgement.classes:
        return _word(float(true)), _word(float(predicted)), f"{predicted - true:+.4g}"
    k = int(predicted.argmax())
    return judgement.classes[true], judgement.classes[k], f"{predicted[k]:.1%}"


def _word(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
