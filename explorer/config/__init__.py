"""The settings of a run: frozen, validated configs and their JSON form.

Every field carries a label, a help text and, where they apply, a range and a unit. The form in the window, ``--set``
and the documentation are all built from these (see `describe_fields`).
"""

from explorer.config.changes import (
    ConfigError,
    config_from_json,
    config_to_json,
    given_values,
    replace,
    set_values,
)
from explorer.config.data_config import DataConfig
from explorer.config.fields import STRICT, FieldDescription, describe_fields, range_text, setting
from explorer.config.run_config import MAX_LATENT_DIM, MODEL_CONFIGS, ModelConfig, RunConfig, TrainConfig
from explorer.config.value_errors import nearest_name, suggestion, value_error_text
from explorer.config.value_text import items_text, read_items, value_text

__all__ = [
    "MAX_LATENT_DIM",
    "MODEL_CONFIGS",
    "STRICT",
    "ConfigError",
    "DataConfig",
    "FieldDescription",
    "ModelConfig",
    "RunConfig",
    "TrainConfig",
    "config_from_json",
    "config_to_json",
    "describe_fields",
    "given_values",
    "items_text",
    "nearest_name",
    "range_text",
    "read_items",
    "replace",
    "set_values",
    "setting",
    "suggestion",
    "value_error_text",
    "value_text",
]
