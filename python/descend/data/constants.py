"""What preparation learns: constants and names, to be written as JSON beside the weights."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Constants(BaseModel):
    """A record that does not change and knows all of its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
