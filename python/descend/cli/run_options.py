"""Every key of a run file as an option of a command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from descend.config import RunConfig
    from descend.config.keys import Key

_ALIASES = {"--optimizer": ("--optimiser",)}
_SETTINGS = "settings"


class RunCommand(click.Command):
    """A command that takes DATA, or a run file in its place, and the keys of some sections as options.

    They are made when they are needed, so that listing the commands imports nothing heavy.
    """

    def __init__(self, *args: Any, sections: tuple[str, ...], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._sections = sections
        self._completed = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, and those of the run file."""
        if not self._completed:
            self._completed = True
            self.params = [
                click.Argument(["data"]),
                *self.params,
                *map(_option, self._keys()),
                click.Option(
                    ["--set", _SETTINGS],
                    multiple=True,
                    metavar="KEY=VALUE",
                    help="Set any key of the run file, such as train.l2=0.01.",
                ),
            ]
        return super().get_params(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """--hidden takes as many numbers as follow it."""
        self.get_params(ctx)
        for i in range(len(args)):
            if args[i : i + 1] == ["--hidden"]:
                end = i + 2
                while end < len(args) and re.fullmatch(r"[\d,]+", args[end]):
                    end += 1
                args[i + 1 : end] = [",".join(args[i + 1 : end])]
        return super().parse_args(ctx, args)

    def _keys(self) -> list[Key]:
        from descend.config.keys import keys

        return [key for key in keys().values() if key.section in self._sections and key.path != "data.source"]


def configuration(data: str, given: Mapping[str, Any]) -> RunConfig:
    """The configuration that DATA and the options give; paths in a run file are relative to its folder.

    Raises
    ------
    OSError
        The run file cannot be read.
    ValueError
        A key or a value that cannot be used; all of them are named.
    """
    from descend.cli.places import PATHS, located
    from descend.config.keys import keys
    from descend.config.read import read

    settings = dict(_setting(word) for word in given[_SETTINGS])
    words = {path: given.get(_parameter(key)) for path, key in keys().items()}
    options = {path: _one_or_several(word) for path, word in words.items() if word not in (None, ())}
    if not data.endswith(".toml"):
        return read(settings=settings, options={"data.source": data, **options})
    path = Path(data)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text: give a run file, as descend init writes it.") from None
    config = read(text, str(path), settings=settings, options=options)
    of_the_file = {*PATHS} - {key.removeprefix("data.") for key in (*settings, *options)}
    return config.model_copy(update={"data": located(config.data, path.parent, of_the_file)})


def _setting(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise click.UsageError(f"--set {word} has no '=': give KEY=VALUE, such as train.l2=0.01.")
    return key.strip(), value.strip()


def _one_or_several(given: Any) -> Any:
    if isinstance(given, tuple):
        return given[0] if len(given) == 1 else list(given)
    return given


def _parameter(key: Key) -> str:
    return key.path.replace(".", "_")


def _option(key: Key) -> click.Option:
    names = [key.option, *_ALIASES.get(key.option, ()), _parameter(key)]
    if key.is_flag:
        if key.field.default is not False:
            names[0] += f"/--no-{key.option.removeprefix('--')}"
        return click.Option(names, default=None, is_flag=True, help=key.field.description)
    default = _shown(key.field.default)
    text = f"{key.field.description}  [default: {default}]" if default else key.field.description
    return click.Option(names, multiple=key.is_several, metavar=key.metavar, help=text, show_default=False)


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return " ".join(map(str, default))
    return "" if default is None else str(default)
