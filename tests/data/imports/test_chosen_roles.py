"""Changes of a config by roles, kinds and offers."""

import pytest

from explorer.config import ConfigError, DataConfig
from explorer.data.imports.chosen_roles import chosen_kinds, chosen_role, chosen_roles, with_kind, with_offer, with_role
from explorer.data.report import Offer


def test_a_column_has_one_role():
    config = with_role(DataConfig(), ["a", "b"], "ignored")
    assert (chosen_role(config, "a"), chosen_role(config, "c")) == ("ignored", None)
    assert chosen_roles(config) == {"a": "ignored", "b": "ignored"}
    config = with_role(config, ["a"], "label")
    assert (config.label_column, config.ignored_columns) == ("a", ("b",))
    config = with_role(config, ["b"], "label")
    assert (config.label_column, config.ignored_columns) == ("b", ())
    assert with_role(config, ["b"], None) == DataConfig()


def test_a_feature_has_one_kind():
    config = with_kind(with_kind(DataConfig(), ["a", "b"], "count"), ["b"], "angle")
    assert (config.count_columns, config.angle_columns) == (("a",), ("b",))
    assert (chosen_kinds(config)["b"], "c" in chosen_kinds(config)) == ("angle", False)
    assert with_kind(config, ["a", "b"], "") == DataConfig()


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (Offer("sample_shape", "28x28", ""), DataConfig(sample_shape="28x28", ignored_columns=("x",))),
        (Offer("log1p", "true", ""), DataConfig(log1p=True, ignored_columns=("x",))),
        (Offer("label_column", "a, b", ""), DataConfig(label_column="a, b", ignored_columns=("x",))),
        (Offer("label_column", "x", ""), DataConfig(label_column="x")),
        (Offer("ignored_columns", "y", ""), DataConfig(ignored_columns=("x", "y"))),
        (Offer("missing_marks", "−9,x", ""), DataConfig(missing_marks=("−9", "x"), ignored_columns=("x",))),
    ],
)
def test_an_offer_sets_its_setting(offer, expected):
    taken = with_offer(DataConfig(ignored_columns=("x",)), offer)
    assert taken == expected or set(taken.ignored_columns) == set(expected.ignored_columns)
    assert getattr(taken, offer.setting) == getattr(expected, offer.setting)


def test_an_offer_out_of_range_is_an_error():
    with pytest.raises(ConfigError):
        with_offer(DataConfig(), Offer("sample_shape", "28 by 28", ""))


def test_an_offer_is_an_option_of_the_command_line():
    assert Offer("sample_shape", "28x28", "").assignment == "--set data.sample_shape=28x28"
    assert Offer("label_column", "it's a class", "").assignment == "--set 'data.label_column=it'\"'\"'s a class'"
