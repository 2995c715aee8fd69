"""Run files as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import Table

from descend.config.keys import keys, sections
from descend.config.run import RunConfig


def resolved(config: RunConfig) -> str:
    """Every key that has a value, so that later versions, with other defaults, read the same run."""
    document = tomlkit.document()
    for name, section in config.model_dump().items():
        values = {key: _plain(value) for key, value in section.items() if value not in (None, {})}
        if values:
            document.add(name, tomlkit.item(values))
    return tomlkit.dumps(document)


def commented(given: Mapping[str, Any], notes: Mapping[str, Sequence[str]]) -> str:
    """Every key with what it means: with its value where one is given, else its default, as a comment.

    Parameters
    ----------
    given
        Values by path.
    notes
        Lines to stand at the head of a section.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment("A run of descend: descend train FILE. A line without # is a choice made."))
    for name in sections():
        table = tomlkit.table()
        for line in notes.get(name, ()):
            table.add(tomlkit.comment(line))
        for key in keys().values():
            if key.section == name:
                _describe(
                    table, key.name, key.field.description or "", key.field.default, given.get(key.path)
                )
        document.add(tomlkit.nl())
        document.add(name, table)
    return tomlkit.dumps(document)


def _describe(table: Table, name: str, description: str, default: object, value: object) -> None:
    table.add(tomlkit.nl())
    table.add(tomlkit.comment(description))
    if value is not None:
        table.add(name, _plain(value))
    elif default is None:
        table.add(tomlkit.comment(f"{name} ="))
    else:
        table.add(tomlkit.comment(f"{name} = {tomlkit.item(_plain(default)).as_string()}"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        inline.update(value)
        return inline
    return list(value) if isinstance(value, tuple) else value
