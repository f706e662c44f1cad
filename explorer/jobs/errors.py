"""What is said of an error: its own sentence where that is written for the user, else its type before it."""

from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.runs.files import RunError

USER_ERRORS = (ConfigError, DataError, RunError)
"""Errors whose message is written for the user."""


def error_message(error: Exception) -> str:
    """Return an error in one line: its message alone where that is written for the user, else behind its type."""
    message = " ".join(str(error).split())
    return message if isinstance(error, USER_ERRORS) else f"{type(error).__name__}: {message}"
