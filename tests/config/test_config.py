import dataclasses
import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import (
    MODEL_CONFIGS,
    ConfigError,
    DataConfig,
    FieldDescription,
    ModelConfig,
    RunConfig,
    TrainConfig,
    config_from_json,
    config_to_json,
    describe_fields,
    replace,
    set_values,
    value_text,
)

VAE = MODEL_CONFIGS["vae"]


def values_of(field: FieldDescription) -> st.SearchStrategy[Any]:
    """Draw values that a field's own description allows."""
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind == "list":
        items = st.integers(1, 512) if field.item_kind == "int" else st.text(min_size=1, max_size=8)
        return st.lists(items, min_size=1, max_size=min(4, field.longest or 4)).map(tuple)
    if field.pattern:
        return st.from_regex(field.pattern, fullmatch=True, alphabet=st.characters(max_codepoint=126))
    if field.kind == "text":
        return st.text(min_size=1, max_size=20)
    if field.kind == "bool":
        return st.booleans()
    low, high = field.minimum, field.maximum
    if field.kind == "int":
        return st.integers(None if low is None else int(low), None if high is None else int(high))
    return st.floats(low, high, exclude_min=field.exclusive_minimum, allow_nan=False, allow_infinity=False)


def configs(config_type: type) -> st.SearchStrategy[Any]:
    return st.builds(config_type, **{field.name: values_of(field) for field in describe_fields(config_type)})


RUN_CONFIGS = st.builds(
    RunConfig,
    data=configs(DataConfig),
    model=st.one_of(*(configs(config_type) for config_type in MODEL_CONFIGS.values())),
    train=configs(TrainConfig),
)


@given(RUN_CONFIGS)
def test_json_round_trip_gives_an_equal_config_of_the_same_family(config: RunConfig) -> None:
    again = config_from_json(json.loads(json.dumps(config_to_json(config), allow_nan=False)))
    assert again == config
    assert type(again.model) is type(config.model)


@given(RUN_CONFIGS, st.sampled_from(["data", "model", "train"]), st.data())
def test_any_setting_can_be_set_as_text(config: RunConfig, section: str, data: st.DataObject) -> None:
    part = getattr(config, section)
    field = data.draw(st.sampled_from(describe_fields(type(part))))
    value = data.draw(values_of(field))
    changed = set_values(config, {f"{section}.{field.name}": value_text(value)})
    assert getattr(getattr(changed, section), field.name) == value
    assert getattr(changed, section) == dataclasses.replace(part, **{field.name: value})


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("model.beta", "4", 4.0),
        ("model.hidden_widths", "512, 256", (512, 256)),
        ("model.hidden_widths", "", ()),
        ("model.likelihood", "bernoulli", "bernoulli"),
        ("train.learning_rate", "1e-3", 1e-3),
        ("train.batch_size", "256", 256),
        ("data.source", "a, folder/with comma", "a, folder/with comma"),
        ("data.attribute_columns", "age,site", ("age", "site")),
        ("data.attribute_columns", '"Größe, cm", 5" pipe,,', ("Größe, cm", '5" pipe')),
        ("data.label_column", '" blank "', " blank "),
    ],
)
def test_text_is_read_as_the_fields_type(key: str, text: str, value: object) -> None:
    section, _, name = key.partition(".")
    found = getattr(getattr(set_values(RunConfig(model=VAE()), {key: text}), section), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("model.beta", "-1", "model.beta"),
        ("model.beta", "inf", "model.beta"),
        ("model.beta", "nan", "model.beta"),
        ("model.latent_dim", "1025", "model.latent_dim"),
        ("model.latent_dim", "2.5", "model.latent_dim"),
        ("model.channels", "", "model.channels"),
        ("model.hidden_widths", "512,many", "model.hidden_widths.1"),
        ("model.likelihood", "student", "choose from auto, bernoulli"),
        ("train.epochs", "-1", "train.epochs"),
        ("train.learning_rate", "0", "train.learning_rate"),
        ("train.fraction", "1.5", "train.fraction"),
        ("model.nothing", "1", "latent_dim, network"),
        ("model.family", "ae", "no such setting"),
        ("train.model", "1", "epochs, batch_size"),
        ("model", "1", "no such setting; model has latent_dim"),
        ("epochs", "1", "did you mean train.epochs?"),
        ("__class__.x", "1", "begin with data., model. or train."),
    ],
)
def test_a_bad_setting_is_reported_in_one_sentence(key: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        set_values(RunConfig(model=VAE()), {key: text})
    assert message in str(caught.value)
    assert str(caught.value).startswith(key.partition("…")[0])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": {"family": "diffusion"}}, "unknown model family 'diffusion': choose from "),
        ({"model": {}}, "needs a model section"),
        ({"model": []}, "needs a model section"),
        ({"model": {"family": ["vae"]}}, "unknown model family"),
        ({"data": {"sauce": "digits"}}, "data.sauce: no such setting"),
        ({"data": ["digits"]}, "data:"),
        ({"train": {"epochs": "many"}}, "train.epochs = 'many'"),
        ({"optimiser": {}}, "'optimiser'"),
    ],
)
def test_a_bad_config_file_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_from_json({**config_to_json(RunConfig(model=VAE())), **change})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_replace_checks_the_range() -> None:
    assert replace(TrainConfig(), epochs=3) == TrainConfig(epochs=3)
    with pytest.raises(ConfigError, match=r"^train.epochs = -1: "):
        replace(TrainConfig(), epochs=-1)
    with pytest.raises(ConfigError, match=r"^model.beta = -1: "):
        replace(VAE(), beta=-1)
    with pytest.raises(ConfigError, match=r"^model.nothing: no such setting"):
        replace(VAE(), nothing=1)
    assert replace(RunConfig(model=VAE()), train=TrainConfig(seed=1)).train.seed == 1


def test_configs_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().epochs = 2  # type: ignore[misc]


@pytest.mark.parametrize("config_type", [DataConfig, ModelConfig, TrainConfig, *MODEL_CONFIGS.values()])
def test_every_field_is_described_for_a_form(config_type: type) -> None:
    described = describe_fields(config_type)
    assert [field.name for field in described] == [field.name for field in dataclasses.fields(config_type)]
    default = config_type()
    for field in described:
        assert field.label
        assert field.help.endswith(".")
        assert getattr(default, field.name) == field.default
        assert (field.kind == "choice") == bool(field.choices)
        assert not field.choices or field.default in field.choices


def test_a_description_says_range_unit_and_kind() -> None:
    fields = {field.name: field for field in (*describe_fields(VAE), *describe_fields(TrainConfig))}
    assert (fields["latent_dim"].minimum, fields["latent_dim"].maximum, fields["latent_dim"].kind) == (1, 1024, "int")
    assert (fields["batch_size"].unit, fields["batch_size"].advanced) == ("samples", False)
    assert fields["learning_rate"].exclusive_minimum
    assert not fields["beta"].exclusive_minimum
    assert (fields["hidden_widths"].kind, fields["hidden_widths"].item_kind) == ("list", "int")
    assert fields["network"].choices == ("dense", "convolutional", "residual", "layers")


def test_what_matters_is_said_by_when() -> None:
    fields = {field.name: field for field in (*describe_fields(VAE), *describe_fields(TrainConfig))}
    assert fields["corruption_level"].matters({"corruption": "blocks"})
    assert not fields["corruption_level"].matters({"corruption": "none"})
    shrinking = {kind for kind in fields["network"].choices if fields["stride"].matters({"network": kind})}
    assert shrinking == {"convolutional", "residual"}
    assert fields["epochs"].matters({})
    wrong = dataclasses.replace(fields["stride"], when="netwerk = dense")
    with pytest.raises(ValueError, match="stride: when = 'netwerk = dense' must compare a setting of its section"):
        wrong.matters({"network": "dense"})


@pytest.mark.parametrize("config_type", [*MODEL_CONFIGS.values(), DataConfig, TrainConfig])
def test_every_when_names_settings_beside_it_and_values_that_they_have(config_type: type) -> None:
    fields = {field.name: field for field in describe_fields(config_type)}
    # A family may leave out choices of the config that it extends.
    extended = [base for base in config_type.__mro__ if hasattr(base, "__pydantic_fields__")]
    for field in fields.values():
        if field.when:
            name, _, values = field.when.replace("!=", "=").partition("=")
            others = [each for base in extended for each in describe_fields(base) if each.name == name.strip()]
            assert name.strip() in fields
            for value in values.split("|"):
                assert others[0].kind != "choice" or any(value.strip() in each.choices for each in others), field.when
