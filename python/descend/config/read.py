"""From a run file's text and the command line's words to a configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from descend.config.keys import keys
from descend.config.problems import ConfigError, sentences
from descend.config.run import RunConfig
from descend.config.values import toml_value


def read(
    text: str = "",
    source: str = "",
    *,
    settings: Mapping[str, str] = {},
    options: Mapping[str, str | bool | list[str]] = {},
) -> RunConfig:
    """The configuration that a run file gives, with what the command line changes.

    Parameters
    ----------
    text, source
        The run file, and its name for errors.
    settings
        Values by path, as ``--set`` gives them.
    options
        Values by path, as options give them; they win.

    Raises
    ------
    ConfigError
        Text that is no TOML, or settings that cannot be used; all of them are named.
    """
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{source} is no TOML: {error}."]) from None
    known, places = keys(), {}
    for path, word in settings.items():
        _put(tree, path.split("."), known[path].read(word) if path in known else toml_value(word))
        places[path] = f"--set {path}"
    for path, given in options.items():
        _put(tree, path.split("."), known[path].read(given))
        places[path] = known[path].option
    try:
        return RunConfig.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(sentences(error, places, source)) from None


def _put(tree: dict[str, Any], words: list[str], value: object) -> None:
    *sections, name = words
    for section in sections:
        inner = tree.setdefault(section, {})
        if not isinstance(inner, dict):
            inner = tree[section] = {}
        tree = inner
    tree[name] = value
