"""[output]: what is written and shown."""

from __future__ import annotations

from pydantic import Field

from descend.config.values import Section


class OutputConfig(Section):
    """Where the run is kept, and what of it is told."""

    folder: str | None = Field(
        default=None, description="The run folder to make; runs/DATA-1, -2, ... if not given."
    )
    report: bool = Field(default=True, description="Write report.html into the run folder.")
    examples: bool = Field(default=True, description="Show rows of the data in the report.")
    tensorboard: bool = Field(default=False, description="Write TensorBoard event files into the run folder.")
    quiet: bool = Field(default=False, description="Say nothing but what goes wrong.")
