"""How a command ends: its exit status, and what is printed if it failed.

=====  =============================================================================
0      done
1      a fault of the program or of a plug-in; the message names a file with details
2      wrong use, bad input, or a file that cannot be read or written
129    stopped by SIGHUP, when its terminal was closed; a training was saved first
130    stopped by Ctrl-C; a training was saved first
141    the program that reads the output, such as ``head``, has ended
143    stopped by SIGTERM; a training was saved first
=====  =============================================================================

An error is one line on standard error; with ``--json`` it is a JSON object, so that a program can read it.
"""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import platformdirs
import typer

from explorer.cli.shell.json_output import json_line, prints_json
from explorer.cli.shell.usage_errors import UsageError, usage_text
from explorer.config import ConfigError
from explorer.data.context import Cancelled
from explorer.data.dataset import DataError
from explorer.end_signals import end_signals, interrupt, interruptions_repeated
from explorer.runs.files import RunError

FAULT, WRONG_USE, INTERRUPTED, NO_READER = 1, 2, 130, 141
EXPECTED: dict[type[BaseException], str] = {
    UsageError: "usage",
    ConfigError: "config",
    DataError: "data",
    RunError: "run",
    OSError: "file",
    MemoryError: "memory",
}
"""The kind of each expected error, for JSON; the first class that fits counts."""


def exit_status(run: Callable[[], Any]) -> int:
    """Run the program; print its error, if any, and return the exit status."""
    with interruptions_repeated(), end_signals(interrupt) as received:
        return _exit_status(run, received)


def _exit_status(run: Callable[[], Any], received: Sequence[int]) -> int:
    try:
        with _interruption(received):
            status = run()
            # Output that is still in the buffer fails here rather than at the end of the interpreter.
            sys.stdout.flush()
    except BrokenPipeError:
        return _leave_pipe()
    except tuple(EXPECTED) as error:
        return _report(next(kind for known, kind in EXPECTED.items() if isinstance(error, known)), one_line(error))
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            return _leave_pipe()
        # A training that was stopped has said so.
        return end.code if isinstance(end.code, int) else WRONG_USE if end.code else 0
    except Exception as error:  # a bug in the program or in a plug-in
        said = one_line(error)
        what = f"{type(error).__name__}: {said}" if said else type(error).__name__
        return _report("internal", f"internal error ({what}){_saved_traceback(error)}", FAULT)
    if status == INTERRUPTED:
        number = received[0] if received else signal.SIGINT
        words = "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"
        return _report("interrupted", words, 128 + number)
    return status if isinstance(status, int) else 0


@contextlib.contextmanager
def _interruption(received: Sequence[int]) -> Iterator[None]:
    """Raise `KeyboardInterrupt` in place of an error after a signal: some libraries turn it into one of their own."""
    try:
        yield
    except Exception as error:
        if received:
            raise KeyboardInterrupt from error
        raise


def one_line(error: BaseException) -> str:
    """Return the message of an error as one line; file errors begin with the file name."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror}"
    if isinstance(error, MemoryError):
        return " ".join(f"not enough memory {error}".split())
    # A note says what to do at the command line or in Python; the window, which does it itself, leaves it out.
    said = [usage_text(error) if isinstance(error, UsageError) else str(error), *getattr(error, "__notes__", ())]
    return " ".join("; ".join(said).split())


def _report(kind: str, message: str, status: int = WRONG_USE) -> int:
    if prints_json():
        typer.echo(json_line({"error": {"kind": kind, "message": message, "exit_code": status}}), err=True)
    else:
        typer.echo(f"latent-explorer: {message}", err=True)
    return status


def _leave_pipe() -> int:
    """End quietly if the reader of standard output has gone."""
    # The interpreter flushes standard output once more at its end, which would print an error.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else NO_READER


def _saved_traceback(error: Exception) -> str:
    """Write the traceback of an error to a file; return a phrase with its path, or "" if that fails."""
    file = platformdirs.user_log_path("latent-explorer") / "last-command-error.txt"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A log would mix the commands; users are asked for this one file.
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return ""
    return f"; see {file} for details"
