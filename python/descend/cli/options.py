"""What `descend train` was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from descend.data.target import Task


@dataclass(frozen=True)
class Options:
    """The options of the command line, checked one by one."""

    data: str
    target: str | None
    task: Task | None
    test: float | Path
    validation: float
    hidden: tuple[int, ...]
    activation: str
    dropout: float
    loss: str
    optimizer: str
    learning_rate: float | None
    batch_size: int | Literal["full"]
    l2: float
    epochs: int
    patience: int
    seed: int
    threads: int | None
    output: Path | None
    quiet: bool
