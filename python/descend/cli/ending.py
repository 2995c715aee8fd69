"""How a command ends: an exit code, and a sentence for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

INTERRUPTED = 130
WRONG = 2
_BROKEN_PIPE = 141
_OUR_FAULT = 70


def exit_code(command: Callable[[], int | None]) -> int:
    """Run a command and say what went wrong, if anything; a traceback only if DESCEND_TRACEBACK is set."""
    try:
        return command() or 0
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted before anything was learned.", INTERRUPTED)
    except click.UsageError as error:
        help_command = f"{error.ctx.command_path if error.ctx else 'descend'} --help"
        return _fail(f"{error.format_message()} Try {help_command}.", WRONG)
    except BrokenPipeError:
        # Whoever reads has left; Python would complain once more when it flushes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except OSError as error:
        return _fail(f"{error.strerror}: {error.filename}." if error.filename else f"{error}.", WRONG)
    except MemoryError:
        return _fail("not enough memory: give less data, or a smaller network.", WRONG)
    except (ValueError, ArithmeticError, TypeError, ImportError) as error:
        return _fail(str(error), WRONG)
    except Exception as error:
        if os.environ.get("DESCEND_TRACEBACK"):
            raise
        sentence = f"{type(error).__name__}: {error}. This is a fault of descend's own"
        return _fail(f"{sentence}; with DESCEND_TRACEBACK=1 it shows where.", _OUR_FAULT)


def _fail(sentence: str, code: int) -> int:
    click.echo(f"descend: {sentence}", err=True)
    return code
