"""Changes of a config: the role that it names for a column, and offers of a report."""

from collections.abc import Collection
from typing import get_args

from explorer.config import DataConfig, RunConfig, replace, set_values
from explorer.data.imports.roles import ROLE_SETTINGS
from explorer.data.report import Offer, Role


def chosen_role(config: DataConfig, column: str) -> Role | None:
    """Return the role that the config names for a column, or None if it is guessed."""
    for role in get_args(Role):
        named = getattr(config, ROLE_SETTINGS[role])
        if column == named or (isinstance(named, tuple) and column in named):
            return role  # type: ignore[no-any-return]
    return None


def chosen_roles(config: DataConfig) -> dict[str, Role]:
    """Return the roles that the config names, by column: for thousands of columns, faster than one at a time."""
    roles: dict[str, Role] = {}
    for role in get_args(Role):
        named = getattr(config, ROLE_SETTINGS[role])
        for column in named if isinstance(named, tuple) else (named,):
            if column:
                roles.setdefault(column, role)
    return roles


def with_role(config: DataConfig, columns: Collection[str], role: Role | None) -> DataConfig:
    """Return the config with a role for columns; None leaves it to be guessed.

    A role for one column only, such as label, goes to the last.
    """
    changes, changed = {}, set(columns)
    for each, setting in ROLE_SETTINGS.items():
        named = getattr(config, setting)
        if isinstance(named, str):
            kept: str | tuple[str, ...] = "" if named in changed else named
            changes[setting] = [*columns][-1] if each == role and columns else kept
        else:
            others = tuple(name for name in named if name not in changed)
            changes[setting] = (*others, *columns) if each == role else others
    return replace(config, **changes)


KIND_SETTINGS = {"number": "number_columns", "count": "count_columns", "angle": "angle_columns"}
"""The setting that says of what kind a feature is (see `explorer.data.imports.kinds`)."""


def chosen_kinds(config: DataConfig) -> dict[str, str]:
    """Return the kinds that the config names, by feature."""
    kinds: dict[str, str] = {}
    for kind, setting in KIND_SETTINGS.items():
        for column in getattr(config, setting):
            kinds.setdefault(column, kind)
    return kinds


def with_kind(config: DataConfig, columns: Collection[str], kind: str) -> DataConfig:
    """Return the config with a kind for features; "" leaves it to be guessed."""
    changes, changed = {}, set(columns)
    for each, setting in KIND_SETTINGS.items():
        others = tuple(name for name in getattr(config, setting) if name not in changed)
        changes[setting] = (*others, *columns) if each == kind else others
    return replace(config, **changes)


def with_offer(config: DataConfig, offer: Offer) -> DataConfig:
    """Return the config with an offer taken; what a list has already is kept.

    Raises
    ------
    ConfigError
        If the value does not fit the setting.
    """
    value = getattr(set_values(RunConfig(data=config), {f"data.{offer.setting}": offer.value}).data, offer.setting)
    role = next((role for role, setting in ROLE_SETTINGS.items() if setting == offer.setting), None)
    if role is not None:
        return with_role(config, value if isinstance(value, tuple) else (value,), role)
    if isinstance(value, tuple):
        value = tuple(dict.fromkeys((*getattr(config, offer.setting), *value)))
    return replace(config, **{offer.setting: value})
