"""Changes configs and converts them to and from JSON. Every value is validated; errors name the setting."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from explorer.config.data_config import DataConfig
from explorer.config.fields import describe_fields
from explorer.config.run_config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.config.value_errors import nearest_name, suggestion, value_error_text
from explorer.config.value_text import read_items, read_text, value_text

Config = TypeVar("Config")
MAX_SHOWN = 100
"""Maximum number of characters of a wrong value in a message."""


class ConfigError(ValueError):
    """A setting is unknown or out of range; the message names the setting and what is allowed."""


def replace(config: Config, **changes: Any) -> Config:
    """Return ``config`` with some fields changed, as `dataclasses.replace` does.

    Raises
    ------
    ConfigError
        If a field is unknown or a value is out of range.
    """
    # `dataclasses.replace` would not run pydantic's validation, so the config is built again from all its values.
    values = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}  # type: ignore[arg-type]
    return _build(type(config), values | changes, _section(type(config)))


def config_to_json(config: RunConfig) -> dict[str, Any]:
    """Return the config as plain JSON values; its model section contains the family."""
    model = {"family": config.model.family, **_plain(config.model)}
    return {"data": _plain(config.data), "model": model, "train": _plain(config.train)}


def config_from_json(data: Mapping[str, Any]) -> RunConfig:
    """Rebuild a config from the values of `config_to_json`.

    Raises
    ------
    ConfigError
        If the family or a key is unknown, or a value is out of range.
    """
    try:
        model = dict(data["model"])
        family = model.pop("family")
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError("the config needs a model section with a family") from error
    if unknown := sorted(set(data) - {"data", "model", "train"}):
        raise ConfigError(f"unknown section {unknown[0]!r} in the config; its sections are data, model and train")
    # A plug-in's family is known only after the catalogue has imported it.
    if not isinstance(family, str) or family not in MODEL_CONFIGS:
        raise ConfigError(f"unknown model family {family!r}: {suggestion(str(family), sorted(MODEL_CONFIGS))}")
    return RunConfig(
        data=_build(DataConfig, data.get("data", {}), "data"),
        model=_build(MODEL_CONFIGS[family], model, "model"),
        train=_build(TrainConfig, data.get("train", {}), "train"),
    )


def set_values(config: RunConfig, assignments: Mapping[str, str]) -> RunConfig:
    """Return the config with assignments like ``{"model.beta": "4"}`` applied, the form that ``--set`` uses.

    Each text is parsed as the type of the field; list items are separated by commas, and quotes protect a comma or
    blanks at the ends (see `explorer.config.value_text`).

    Raises
    ------
    ConfigError
        If a key is unknown (the message lists the known ones) or a value does not fit its field.
    """
    for key, text in assignments.items():
        section, _, name = key.partition(".")
        part = getattr(config, section, None) if section in {"data", "model", "train"} else None
        # Sections are checked by name: getattr alone would also accept "__class__".
        if part is None:
            near = _similar_key(key, config)
            hint = f"did you mean {near}?" if near else "settings begin with data., model. or train."
            raise ConfigError(f"{key}: no such setting; {hint}")
        known = {field.name: field for field in describe_fields(type(part))}
        if name not in known:
            raise ConfigError(f"{key}: no such setting; {_instead(key, config)}")
        value: Any = text
        if known[name].is_list:
            value = read_items(text)
        elif known[name].kind == "text":
            value = read_text(text)
        # The whole section is validated again, as settings may depend on each other.
        changed = _build(type(part), {**_plain(part), name: value}, section)
        config = replace(config, **{section: changed})
    return config


def given_values(section: str, part: Any) -> dict[str, str]:
    """Return the values of a section that differ from their defaults, as assignments for `set_values`."""
    values = {field: getattr(part, field.name) for field in describe_fields(type(part))}
    return {f"{section}.{field.name}": value_text(value) for field, value in values.items() if value != field.default}


def _similar_key(key: str, config: RunConfig) -> str:
    """Return the most similar key of a config, or "" if none is similar."""
    names = {
        field.name: section
        for section in ("train", "data", "model")
        for field in describe_fields(type(getattr(config, section)))
    }
    section, _, name = key.rpartition(".")
    # The right name in the wrong section is a common slip; a misspelt one is looked for in its own section.
    same = names if name in names or section not in names.values() else [one for one in names if names[one] == section]
    near = nearest_name(name, same)
    return f"{names[near]}.{near}" if near else ""


def _instead(key: str, config: RunConfig) -> str:
    if key == "model.family":
        return "--model chooses the family"
    near, section = _similar_key(key, config), key.partition(".")[0]
    known = ", ".join(field.name for field in describe_fields(type(getattr(config, section))))
    return f"did you mean {near}?" if near else f"{section} has {known}"


def _plain(config: Any) -> dict[str, Any]:
    # In JSON mode tuples become lists, which is what reading back expects.
    values: dict[str, Any] = TypeAdapter(type(config)).dump_python(config, mode="json")
    return values


def _section(config_type: type) -> str:
    return {DataConfig: "data", TrainConfig: "train", RunConfig: "config"}.get(config_type, "model")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _build(config_type: type[Config], values: Mapping[str, Any], section: str) -> Config:
    try:
        return config_type(**values)
    except ValidationError as error:
        # One fault is enough for a message of one sentence.
        first = error.errors()[0]
        name = ".".join([section, *(str(part) for part in first["loc"])])
        # The sections of a RunConfig are configs themselves, and no settings.
        known = {} if config_type is RunConfig else {field.name: field for field in describe_fields(config_type)}
        if first["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
            wrong = str(first["loc"][-1])
            near = nearest_name(wrong, known)
            names = (one.name for one in dataclasses.fields(config_type))  # type: ignore[arg-type]
            hint = f"did you mean {section}.{near}?" if near else f"{section} has {', '.join(names)}"
            raise ConfigError(f"{name}: no such setting; {hint}") from error
        field = known.get(str(first["loc"][0])) if first["loc"] else None
        raise ConfigError(f"{name} = {_shown(first['input'])}: {value_error_text(first, field)}") from error
    except TypeError as error:
        raise ConfigError(f"{section}: {error}") from error
