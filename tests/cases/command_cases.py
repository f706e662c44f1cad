"""Calls of the command line that check exit status and output."""

from click.testing import Result
from typer.testing import CliRunner

from explorer.cli import app


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def succeed(*words: object) -> str:
    """Call, and return what is printed."""
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def fail(*words: object, status: int = 2) -> str:
    """Call, expect an exit status and one line on standard error, and return it."""
    result = call(*words)
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr
