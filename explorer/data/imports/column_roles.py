"""Roles of columns with one value per sample: those of the config, what a reader knows, or a guess."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.imports.chosen_roles import chosen_role, with_role
from explorer.data.imports.column_facts import ColumnFacts
from explorer.data.imports.roles import ROLE_SETTINGS, Roles, guess_roles
from explorer.data.report import Notes, Role


def column_roles(
    columns: Mapping[str, NDArray[Any]],
    config: DataConfig,
    where: str,
    notes: Notes,
    known: Mapping[str, Role] | None = None,
) -> Roles:
    """Return the roles of columns with one value per sample, and write them into the report.

    Parameters
    ----------
    known
        Roles that a reader knows from the file; those of the config have priority.

    Raises
    ------
    DataError
        If the config names a column that does not exist.
    """
    for setting in ROLE_SETTINGS.values():
        notes.choices(setting, columns)
    facts = [ColumnFacts(name, values) for name, values in columns.items()]
    roles = guess_roles(facts, with_roles(config, known or {}), where, numbers="attribute")
    for fact in facts:
        notes.column(fact.name, fact.text(), roles.roles[fact.name], roles.why.get(fact.name, ""))
    return roles


def with_roles(config: DataConfig, known: Mapping[str, Role]) -> DataConfig:
    """Return the config with the known roles of columns to which it gives none.

    A role for one column only, such as label, is not given twice: that of the config stays.
    """
    for name, role in known.items():
        value = getattr(config, ROLE_SETTINGS[role])
        # A second label or name would be an error, and the config has priority.
        is_taken = isinstance(value, str) and value != ""
        if chosen_role(config, name) is None and not is_taken:
            config = with_role(config, (name,), role)
    return config
