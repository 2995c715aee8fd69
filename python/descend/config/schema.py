"""The JSON schema of run files, by which editors complete and check them."""

from __future__ import annotations

import json

from descend.config.run import RunConfig


def schema() -> str:
    """The schema as JSON text, the same in every run."""
    described = RunConfig.model_json_schema() | {"title": "A run of descend"}
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | described, indent=2) + "\n"
    )
