"""The text of an error for the user: its message, with the type in front if the message is not written for users."""

from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.runs.files import RunError

USER_ERRORS = (ConfigError, DataError, RunError)
"""Exceptions with messages written for the user."""


def error_message(error: Exception) -> str:
    """Return an error as one line of text; see the module for its form."""
    message = " ".join(str(error).split())
    return message if isinstance(error, USER_ERRORS) else f"{type(error).__name__}: {message}"
