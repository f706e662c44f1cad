"""What is wrong with a value is said in the program's own words, never in pydantic's."""

import dataclasses
from typing import Any

import pytest
from pydantic import ValidationError

from explorer.config import (
    MODEL_CONFIGS,
    ConfigError,
    DataConfig,
    RunConfig,
    TrainConfig,
    describe_fields,
    nearest_name,
    replace,
    set_values,
    suggestion,
    value_error_text,
)
from explorer.config.value_errors import NOT_VALID
from explorer.models import catalog

WRONG = [
    None, "x", "", -1, 0.5, 10**400, float("nan"), float("inf"), "1" * 50, True, [], ["x"], [-1], [1] * 1000, {},
    {"a": 1}, b"\xff", 1e300, -1e300, object(), "2.5", "é" * 5000, (None,), ["1" * 5000], "9" * 5000,
]  # fmt: skip


@pytest.fixture(scope="module")
def configs() -> list[type]:
    catalog.families()
    return [DataConfig, TrainConfig, *MODEL_CONFIGS.values()]


def test_no_wrong_value_of_any_setting_is_described_by_pydantic(configs: list[type]) -> None:
    kinds = set()
    for config_type in configs:
        for field in describe_fields(config_type):
            for value in WRONG:
                try:
                    config_type(**{field.name: value})
                except ValidationError as error:
                    first = error.errors()[0]
                    kinds.add(first["type"])
                    said = value_error_text(first, field)
                    assert said != NOT_VALID, first
                    assert first["msg"] not in said and "Input" not in said and "valid" not in said.split(), said
                    with pytest.raises(ConfigError, match=field.name):
                        replace(config_type(), **{field.name: value})
    assert {
        "int_parsing",
        "float_parsing",
        "bool_parsing",
        "literal_error",
        "finite_number",
        "less_than_equal",
    } <= kinds
    assert {"greater_than", "string_pattern_mismatch", "tuple_type", "too_long", "string_type"} <= kinds


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("model.latent_dim", "2.5", "write a whole number"),
        ("model.beta", "much", "write a number"),
        ("model.beta", "nan", "write a finite number"),
        ("data.transpose", "maybe", "write true or false"),
        ("train.learning_rate", "0", "must be more than 0, at most 1"),
        ("train.epochs", "-1", "must be 0 to 100,000"),
        ("model.likelihood", "bernouli", "did you mean bernoulli?"),
        ("model.likelihood", "student", "choose from auto, bernoulli,"),
        ("model.hidden_widths", "512,many", "write a whole number"),
        ("model.channels", "", "must have at least 1 item"),
        ("data.source", "", "must not be empty"),
        ("data.sample_shape", "round", "the expected form; how to read a row of numbers: auto, vector, signal"),
    ],
)  # fmt: skip
def test_the_message_says_what_to_write(key: str, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        set_values(catalog.family("vae").defaults, {key: text})
    assert str(caught.value).startswith(key) and said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("model.betta", "model.beta"),
        ("data.beta", "model.beta"),
        ("beta", "model.beta"),
        ("train.epoch", "train.epochs"),
        ("model.Latent_Dim", "model.latent_dim"),
    ],
)
def test_a_misspelt_setting_is_recognized(key: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{key}: no such setting; did you mean {near}\?$"):
        set_values(catalog.family("vae").defaults, {key: "1"})


def test_other_settings_are_listed() -> None:
    defaults = catalog.family("vae").defaults
    with pytest.raises(ConfigError, match=r"train.nothing: no such setting; train has epochs, batch_size"):
        set_values(defaults, {"train.nothing": "1"})
    with pytest.raises(ConfigError, match=r"model.family: no such setting; --model chooses the family"):
        set_values(defaults, {"model.family": "ae"})


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ConfigError) as caught:
        set_values(catalog.family("vae").defaults, {"model.hidden_widths": ",".join(["5"] * 400)})
    assert len(str(caught.value)) < 180 and "at most 16 items" in str(caught.value)


def test_a_section_of_another_kind_is_refused() -> None:
    wrong: Any = 3
    with pytest.raises(ConfigError, match=r"write a table of settings"):
        replace(RunConfig(), model=wrong)
    with pytest.raises(ConfigError, match=r"config has data, model, train"):
        replace(RunConfig(), parts=wrong)


@pytest.mark.parametrize(("name", "near"), [("vea", "vae"), ("VAE", "vae"), ("transformer", "")])
def test_one_near_name_or_all_names(name: str, near: str) -> None:
    known = [one.name for one in dataclasses.fields(RunConfig)] + ["ae", "vae"]
    assert nearest_name(name, known) == near
    assert suggestion(name, known) == (f"did you mean {near}?" if near else "choose from data, model, train, ae, vae")
