"""The core's trainer of a network, which runs through epochs of mini-batch steps."""

from __future__ import annotations

from typing import Any, TypeAlias, TypedDict

import numpy as np

from descend import _core, checks
from descend.checks import Examples
from descend.network import Network

CoreOptimizer: TypeAlias = _core.Optimizer32 | _core.Optimizer64
CoreTrainer: TypeAlias = _core.Trainer32 | _core.Trainer64


class Settings(TypedDict):
    """What the trainer takes beside network, optimiser, examples and loss."""

    batch_size: int
    shuffle: bool
    seed: int
    l1: float
    l2: float
    clip_norm: float
    ema_decay: float
    n_threads: int


def core_trainer(
    network: Network, optimizer: CoreOptimizer, examples: Examples, loss: _core.Loss, settings: Settings
) -> CoreTrainer:
    """The trainer of the network's dtype."""
    kind: Any = _core.Trainer32 if network.dtype == np.float32 else _core.Trainer64
    trainer: CoreTrainer = kind(
        network.core,
        optimizer,
        checks.for_core(examples.X),
        examples.Y,
        loss,
        sample_weight=examples.weight,
        **settings,
    )
    return trainer
