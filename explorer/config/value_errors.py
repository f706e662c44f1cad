"""What is wrong with a value, in the program's own words instead of pydantic's, and what may have been meant."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from explorer.config.fields import FieldDescription, range_text

NOT_VALID = "this value cannot be used here"
"""The words for a kind of error that has none of its own."""

_PLAIN = {
    "missing": "it is missing",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "int_parsing_size": "write a smaller whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "finite_number": "write a finite number",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": "write a text",
    "string_unicode": "write a text in UTF-8",
    "tuple_type": "write a list",
    "list_type": "write a list",
    "none_required": "leave it out",
    "unexpected_keyword_argument": "there is no such setting",
    "extra_forbidden": "there is no such setting",
}
_LIMITS = {
    "greater_than_equal": ("ge", "must be at least {}"),
    "greater_than": ("gt", "must be above {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "less_than": ("lt", "must be below {}"),
    "string_too_short": ("min_length", "must have at least {} characters"),
    "string_too_long": ("max_length", "must have at most {} characters"),
    "too_short": ("min_length", "must have at least {} items"),
    "too_long": ("max_length", "must have at most {} items"),
    "multiple_of": ("multiple_of", "must be a multiple of {}"),
}
_TABLES = {"dataclass_type", "dict_type", "mapping_type", "model_type", "dataclass_exact_type", "is_instance_of"}


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return "did you mean beta?" for a typing error, else "choose from beta, gamma".

    One name is enough for a typing error; otherwise the list helps more.
    """
    names = list(known)
    near = nearest_name(name, names)
    return f"did you mean {near}?" if near else f"choose from {', '.join(names)}"


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most similar to a name, or "" if none is; upper and lower case are equal."""
    by_lower = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), by_lower, n=1)
    return by_lower[near[0]] if near else ""


def value_error_text(error: Mapping[str, Any], field: FieldDescription | None = None) -> str:
    """Return what is wrong with a value, or what to write instead.

    Parameters
    ----------
    error
        One of the errors of a ``pydantic.ValidationError``, as its method ``errors`` returns it.
    field
        The setting with the value, if it is one of a config; its range, choices and help make the text more helpful.
    """
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return _length_or_range(kind, words.format(_number(context[name])), field)
    if kind in ("literal_error", "enum"):
        choices = field.choices if field is not None and field.choices else ()
        return suggestion(str(error["input"]), choices) if choices else f"choose from {_choices(context['expected'])}"
    if kind == "string_pattern_mismatch":
        return "it does not have the expected form" + (f"; {_lower(field.help).rstrip('.')}" if field else "")
    # A validator of the program's own: its words are the message.
    if kind == "value_error":
        return str(context.get("error", NOT_VALID))
    return "write a table of settings" if kind in _TABLES else NOT_VALID


def _length_or_range(kind: str, words: str, field: FieldDescription | None) -> str:
    # "At least 1 characters" would say the same less well.
    if kind == "string_too_short" and words.endswith(" 1 characters"):
        return "must not be empty"
    # The whole range says more than the end of it that was passed.
    if kind.endswith(("equal", "than")) and field is not None and (allowed := range_text(field)):
        return f"must be {allowed}"
    return words.replace(" 1 items", " 1 item")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _number(value: float) -> str:
    # Whole limits such as 2147483647 are written with all digits.
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:g}"


def _choices(expected: str) -> str:
    """Return the choices of pydantic's text, such as "'a', 'b' or 'c'", without its quotation marks."""
    return expected.replace("'", "").replace(" or ", ", ")
