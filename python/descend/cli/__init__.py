"""The command line. What a command needs beyond its options is imported when it runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

import descend
from descend import _core, losses, optimizers
from descend.cli.demonstrating import demo
from descend.cli.trace import trace

_EXAMPLES = """\b
Examples:
  descend train digits
  descend train prices.csv --target price
  descend predict runs/prices-1 more.csv
"""


class _Train(click.Command):
    """A command whose option --hidden takes as many numbers as follow it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for i in range(len(args)):
            if args[i : i + 1] == ["--hidden"]:
                end = i + 2
                while end < len(args) and re.fullmatch(r"[\d,]+", args[end]):
                    end += 1
                args[i + 1 : end] = [",".join(args[i + 1 : end])]
        return super().parse_args(ctx, args)


def _hidden(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    words = [] if value == "none" else re.split(r"[,\s]+", value.strip(", "))
    if not all(word.isdigit() and int(word) > 0 for word in words):
        raise click.BadParameter(f"{value!r} is not a list of sizes such as 64 64, or none.")
    return tuple(int(word) for word in words)


def _batch_size(ctx: click.Context, parameter: click.Parameter, value: str) -> int | str:
    if value == "full":
        return value
    if not value.isdigit() or int(value) < 1:
        raise click.BadParameter(f"{value!r} is neither a number of at least 1 nor full.")
    return int(value)


def _share_or_file(ctx: click.Context, parameter: click.Parameter, value: str) -> float | Path:
    try:
        share = float(value)
    except ValueError:
        return Path(value)
    if not 0 <= share < 1:
        raise click.BadParameter(f"{value} is neither a file nor a share of at least 0 and below 1.")
    return share


@click.group(
    epilog=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(descend.__version__, prog_name="descend")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Train dense neural networks on the CPU, and use them."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(cls=_Train)
@click.argument("data")
@click.option(
    "--target", metavar="COLUMN", help="What to predict: a column's name, or its index (-1 is the last)."
)
@click.option(
    "--task",
    type=click.Choice(["classification", "regression"]),
    help="Whether the target is a class or a number; inferred from its values if not given.",
)
@click.option(
    "--test",
    default="0.2",
    metavar="SHARE|FILE",
    callback=_share_or_file,
    help="What to test on: a share of the rows, or a file with the same columns.",
)
@click.option(
    "--validation",
    default=0.1,
    type=click.FloatRange(0, 1, max_open=True),
    metavar="SHARE",
    help="The share of the rows that decides when to stop.",
)
@click.option(
    "--hidden",
    default="128 64",
    metavar="SIZES",
    callback=_hidden,
    help="Units of the hidden layers, first to last; none for a linear model.",
)
@click.option(
    "--activation",
    default="relu",
    metavar="NAME",
    help=f"Of the hidden layers: {', '.join(_core.ACTIVATIONS)}.",
)
@click.option(
    "--dropout",
    default=0.0,
    type=click.FloatRange(0, 1, max_open=True),
    metavar="SHARE",
    help="The share of the hidden units that each step silences.",
)
@click.option(
    "--loss", default="auto", metavar="NAME", help=f"auto fits the task; {', '.join(losses.NAMES)}."
)
@click.option(
    "--optimizer", "--optimiser", default="adam", metavar="NAME", help=f"{', '.join(optimizers.KINDS)}."
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    metavar="RATE",
    help="The optimiser's own if not given.",
)
@click.option(
    "--batch-size",
    default="32",
    metavar="ROWS",
    callback=_batch_size,
    help="Rows in a step; full for all of them.",
)
@click.option(
    "--l2",
    default=0.001,
    type=click.FloatRange(0),
    metavar="PENALTY",
    help="Added to the cost: half of it times the sum of squared weights.",
)
@click.option(
    "--epochs", default=100, type=click.IntRange(1), metavar="N", help="The most passes over the rows."
)
@click.option(
    "--patience",
    default=20,
    type=click.IntRange(1),
    metavar="N",
    help="Stop after so many epochs without a better validation cost.",
)
@click.option(
    "--seed",
    default=0,
    type=click.IntRange(0),
    metavar="N",
    help="What everything random is drawn from.",
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="As many as help if not given.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The run folder to make; runs/DATA-1, -2, ... if not given.",
)
@click.option("--quiet", is_flag=True, help="Say nothing but what goes wrong.")
def train(**options: Any) -> int:
    """Train a network on DATA: a CSV file, or a built-in set by name.

    The built-in sets are digits, breast_cancer, wine, iris (classes), diabetes and houses (numbers).
    """
    from descend.cli import training
    from descend.cli.options import Options

    return training.run(Options(**options))


@command.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Where to write; the standard output if not given.",
)
@click.option("--probabilities", is_flag=True, help="Write the probability of every class, too.")
def predict(model: Path, file: Path, output: Path | None, probabilities: bool) -> None:
    """Predict, with MODEL, the target of each row of FILE.

    MODEL is a run folder or a model file. FILE is a CSV file with the columns that MODEL was trained on; the
    target's may be absent. The predictions are written as CSV.
    """
    from descend.cli import predicting

    predicting.run(model, file, output, probabilities=probabilities)


command.add_command(demo)
command.add_command(trace)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command; what goes wrong is one sentence on standard error, and exit code 2."""
    try:
        code = command.main(arguments, prog_name="descend", standalone_mode=False) or 0
    except click.Abort:
        code = _fail("interrupted before anything was learned.", 130)
    except click.UsageError as error:
        help_command = f"{error.ctx.command_path if error.ctx else 'descend'} --help"
        code = _fail(f"{error.format_message()} Try {help_command}.", 2)
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}." if error.filename else f"{error}."
        code = _fail(reason, 2)
    except MemoryError:
        code = _fail("not enough memory: give less data, or a smaller network.", 2)
    except (ValueError, ArithmeticError) as error:
        code = _fail(str(error), 2)
    sys.exit(code)


def _fail(sentence: str, code: int) -> int:
    click.echo(f"descend: {sentence}", err=True)
    return code
