"""[preprocess]: what is done to the columns before the network sees them."""

from __future__ import annotations

from descend.config.values import Section


class PreprocessConfig(Section):
    """What is done to the columns; the rest is found out from the training part."""
