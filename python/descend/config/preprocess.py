"""[preprocess]: what is done to the columns before the network sees them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from descend.config.values import Section

Treatment: TypeAlias = Literal["numeric", "date", "boolean", "one-hot", "ordinal", "hash", "drop"]


class PreprocessConfig(Section):
    """What is done to the columns; the rest is found out from the training part."""

    scaling: Literal["standard", "robust"] = Field(
        default="standard",
        description="Numbers: to mean 0 and variance 1; or by median and quartiles, outliers drawn in.",
    )
    columns: dict[str, Treatment] = Field(
        default={},
        title='{NAME = "TREATMENT"}',
        description="What columns are, if not as found: numeric, date, boolean, one-hot, ordinal, hash; "
        "or drop for one that is not used.",
    )
