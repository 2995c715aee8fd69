"""A run as a whole: its sections, and what they have to agree on."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from descend.config.data import DataConfig
from descend.config.network import NetworkConfig
from descend.config.output import OutputConfig
from descend.config.preprocess import PreprocessConfig
from descend.config.train import TrainConfig
from descend.config.tune import TuneConfig
from descend.config.values import Section

_OF_CLASSES = ("binary_cross_entropy", "cross_entropy")


class RunConfig(Section):
    """All that a run is told, and of a run that was, the record."""

    data: DataConfig
    preprocess: PreprocessConfig = PreprocessConfig()
    network: NetworkConfig = NetworkConfig()
    train: TrainConfig = TrainConfig()
    output: OutputConfig = OutputConfig()
    tune: TuneConfig = TuneConfig()
    record: dict[str, str] = Field(
        default={}, description="What the run was made with and from; a run elsewhere may differ in its bits."
    )

    @model_validator(mode="after")
    def _loss_of_the_task(self) -> Self:
        task, loss = self.data.task, self.train.loss
        if task == "regression" and loss in _OF_CLASSES:
            raise ValueError(f"the loss {loss} is for classification, and data.task is regression")
        if task == "classification" and loss not in (*_OF_CLASSES, "auto", "squared_error"):
            raise ValueError(f"the loss {loss} is for regression, and data.task is classification")
        return self
