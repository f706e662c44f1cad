"""Config fields: `setting` declares one with label, help, unit and range; `describe_fields` lists them for forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import ConfigDict, Field

# Unknown settings are errors, as a misspelt one would be ignored; NaN and infinities are no settings.
STRICT = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)


def setting(
    default: Any, label: str, help: str, *, unit: str = "", advanced: bool = False, when: str = "", **limits: Any
) -> Any:
    """Declare a config field with the texts that forms show beside it and the range of its values.

    Parameters
    ----------
    default
        A value that works without further settings.
    label, help, unit
        Shown in the window and by ``--help``.
    advanced
        Whether the form hides the field behind "More settings".
    when
        A condition on another setting of the section, as ``"corruption != none"`` or ``"likelihood = gaussian|auto"``;
        the form shows the field only while it holds.
    **limits
        The limits of `pydantic.Field`: ``ge``, ``gt``, ``le``, ``lt``, ``min_length``, ``max_length``, ``pattern``.
    """
    extra: dict[str, Any] = {"unit": unit, "advanced": advanced, "when": when}
    return Field(default=default, title=label, description=help, json_schema_extra=extra, **limits)


@dataclass(frozen=True)
class FieldDescription:
    """One config field as a form needs it.

    Attributes
    ----------
    kind, item_kind
        ``"int"``, ``"float"``, ``"bool"``, ``"text"``, ``"choice"`` or ``"list"``; the kind of a list's items.
    choices
        The allowed words of a choice; empty for other kinds.
    minimum, maximum, exclusive_minimum
        The range, None where it is open; whether the minimum itself is excluded.
    longest
        The maximum number of items of a list, or None.
    pattern
        A regular expression that a text must match, or "".
    when
        The condition under which the field matters, as in `setting`.
    """

    name: str
    label: str
    help: str
    unit: str
    advanced: bool
    kind: str
    item_kind: str
    default: Any
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    when: str = ""
    longest: int | None = None
    pattern: str = ""

    @property
    def is_list(self) -> bool:
        """Whether the value is a tuple of items."""
        return self.kind == "list"

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Return whether the ``when`` of the field holds for the values of its section.

        Raises
        ------
        ValueError
            If ``when`` does not compare a setting of the same section.
        """
        if not self.when:
            return True
        name, sign, wanted = self.when.rpartition("!=" if "!=" in self.when else "=")  # "a = b|c" or "a != b|c"
        if not sign or name.strip() not in values:
            raise ValueError(f"{self.name}: when = {self.when!r} must compare a setting of its section by = or !=")
        is_one = str(values[name.strip()]) in {choice.strip() for choice in wanted.split("|")}
        # Exclusive or: "!=" inverts the result.
        return is_one != (sign == "!=")


def describe_fields(config_type: type) -> tuple[FieldDescription, ...]:
    """Return the fields of a config class, in order, as forms and ``--set`` need them."""
    # pydantic lists inherited fields too, in the order of declaration.
    fields: dict[str, Any] = config_type.__pydantic_fields__  # type: ignore[attr-defined]
    return tuple(_describe(name, info) for name, info in fields.items())


def range_text(field: FieldDescription) -> str:
    """Return the valid range of a field: ``"1 to 64"``, ``"more than 0, at most 1"``, or "" without limits."""
    low, high = field.minimum, field.maximum
    if low is not None and high is not None and not field.exclusive_minimum:
        return f"{low:,.10g} to {high:,.10g}"
    parts = []
    if low is not None:
        parts.append(f"{'more than' if field.exclusive_minimum else 'at least'} {low:,.10g}")
    if high is not None:
        parts.append(f"at most {high:,.10g}")
    return ", ".join(parts)


def _describe(name: str, info: Any) -> FieldDescription:
    extra = info.json_schema_extra or {}
    limits: dict[str, Any] = {}
    # pydantic keeps each limit as an object of annotated_types (Ge, Lt, MinLen, …) with one attribute.
    for constraint in info.metadata:
        limits |= {key: getattr(constraint, key) for key in _LIMITS if hasattr(constraint, key)}
    kind, item_kind = _kind(info.annotation)
    return FieldDescription(
        name=name,
        label=info.title or name,
        help=info.description or "",
        unit=extra.get("unit", ""),
        advanced=extra.get("advanced", False),
        kind=kind,
        item_kind=item_kind,
        default=info.default,
        choices=tuple(get_args(info.annotation)) if kind == "choice" else (),
        minimum=limits.get("ge", limits.get("gt")),
        maximum=limits.get("le", limits.get("lt")),
        exclusive_minimum="gt" in limits,
        longest=limits.get("max_length"),
        pattern=limits.get("pattern") or "",
        when=extra.get("when", ""),
    )


_LIMITS = ("ge", "gt", "le", "lt", "max_length", "pattern")
_KINDS = {bool: "bool", int: "int", float: "float", str: "text"}


def _kind(annotation: Any) -> tuple[str, str]:
    if get_origin(annotation) is Literal:
        return "choice", ""
    if get_origin(annotation) is tuple:
        return "list", _KINDS[get_args(annotation)[0]]  # tuple[int, ...]
    return _KINDS[annotation], ""
