"""Errors of usage in the program's own words; typer's are those of click and of pydantic."""

from typing import Any

import typer

from explorer.config import nearest_name, value_error_text

# typer has a private copy of click; the base class of BadParameter covers every usage error.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def usage_text(error: Any) -> str:
    """Return a usage error as one sentence that begins with the option or the command that is wrong."""
    words = _WORDS.get(type(error).__name__, _other)
    return words(error)


def _no_such_option(error: Any) -> str:
    option, params = error.option_name, error.ctx.command.get_params(error.ctx)
    shown = [param for param in params if not getattr(param, "hidden", False)]
    near = nearest_name(option.lstrip("-"), [name[2:] for param in shown for name in param.opts if name[:2] == "--"])
    hint = f"did you mean --{near}?" if near else f"{error.ctx.command_path} --help lists the options"
    return f"{option}: {_command(error)} has no such option; {hint}"


def _missing(error: Any) -> str:
    name = param_name(error.param)
    help_text = str(getattr(error.param, "help", "") or "").rstrip(".")
    return f"{_command(error)}: {name} is missing" + (f": {help_text[:1].lower()}{help_text[1:]}" if help_text else "")


def _bad_option(error: Any) -> str:
    says_none = "not take" in error.message
    return f"{error.option_name}: {'this option takes no value' if says_none else 'a value is missing'}"


def _bad_value(error: Any) -> str:
    name = error.param_hint or (param_name(error.param) if error.param is not None else _command(error))
    # typer checks values by pydantic, whose errors have other words.
    found = error.__cause__.errors() if hasattr(error.__cause__, "errors") else []
    if not found:
        return f"{name}: {error.message}".rstrip(".")
    return f"{name} {found[0]['input']}: {value_error_text(found[0])}"


def _other(error: Any) -> str:
    message = str(error.message)
    _, more, given = message.partition("unexpected extra argument")
    if not more:
        return message
    given = given.removeprefix("(s)").strip(" ()")
    return f"{given}: {_command(error)} takes no such argument; {error.ctx.command_path} --help says how to call it"


def param_name(param: Any) -> str:
    """Return an option as it is written, ``--out``, or the name of an argument, ``RUN``."""
    long = [name for name in param.opts if name.startswith("--")]
    return str(long[0] if long else getattr(param, "metavar", None) or param.name.upper())


def _command(error: Any) -> str:
    return str(error.ctx.info_name) if error.ctx is not None else "latent-explorer"


_WORDS = {
    "NoSuchOption": _no_such_option,
    "MissingParameter": _missing,
    "BadOptionUsage": _bad_option,
    "BadParameter": _bad_value,
}
