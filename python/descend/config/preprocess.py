"""[preprocess]: what is done to the columns before the network sees them."""

from __future__ import annotations

from pydantic import Field

from descend.config.values import Section
from descend.data.treatments import Scaling, Treatment


class PreprocessConfig(Section):
    """What is done to the columns; the rest is found out from the training part."""

    scaling: Scaling | None = Field(
        default=None,
        description="Numbers: splines, standard (mean 0, variance 1) or robust (median and quartiles); "
        "splines if not given, but standard below 1,000 rows or above 100 columns.",
    )
    columns: dict[str, Treatment] = Field(
        default={},
        title='{NAME = "TREATMENT"}',
        description="What columns are, if not as found: numeric, or a scaling; date; boolean; known; "
        "one-hot, ordinal, hash; or drop for one that is not used.",
    )
