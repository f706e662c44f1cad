"""Changes configs and converts them to and from JSON. Every value is validated; errors name the setting."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from explorer.config.data_config import DataConfig
from explorer.config.fields import describe_fields
from explorer.config.run_config import MODEL_CONFIGS, RunConfig, TrainConfig
from explorer.config.value_text import read_items, read_text, value_text

Config = TypeVar("Config")


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
        raise ConfigError(f"unknown model family {family!r}: choose from {', '.join(sorted(MODEL_CONFIGS))}")
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
            raise ConfigError(f"{key}: settings begin with data., model. or train., for example model.latent_dim")
        known = {field.name: field for field in describe_fields(type(part))}
        if name not in known:
            raise ConfigError(f"{key}: no such setting; {section} has {', '.join(known)}")
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


def _plain(config: Any) -> dict[str, Any]:
    # In JSON mode tuples become lists, which is what reading back expects.
    values: dict[str, Any] = TypeAdapter(type(config)).dump_python(config, mode="json")
    return values


def _section(config_type: type) -> str:
    return {DataConfig: "data", TrainConfig: "train", RunConfig: "config"}.get(config_type, "model")


def _build(config_type: type[Config], values: Mapping[str, Any], section: str) -> Config:
    try:
        return config_type(**values)
    except ValidationError as error:
        # One fault is enough for a message of one sentence.
        first = error.errors()[0]
        name = ".".join([section, *(str(part) for part in first["loc"])])
        # pydantic's own message for an unknown field does not list the known ones.
        if first["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
            known = ", ".join(field.name for field in dataclasses.fields(config_type))  # type: ignore[arg-type]
            raise ConfigError(f"{name}: no such setting; {section} has {known}") from error
        raise ConfigError(f"{name} = {first['input']!r}: {first['msg']}") from error
    except TypeError as error:
        raise ConfigError(f"{section}: {error}") from error
