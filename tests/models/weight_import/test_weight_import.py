"""Tensors of other names are paired where the pairing is unambiguous, and nowhere else."""

import pytest
import torch
from torch import Tensor

from explorer.config import ConfigError
from explorer.models.weight_import.weight_import import fit_weights, read_map


def tensors(**shapes: tuple[int, ...]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {name.replace("__", "."): torch.rand(shape, generator=generator) for name, shape in shapes.items()}


WANTED = tensors(enc__0__weight=(4, 3), enc__0__bias=(4,), dec__0__weight=(3, 4), dec__0__bias=(3,))


def test_equal_names_are_taken_whatever_the_order() -> None:
    found = dict(reversed(WANTED.items()))
    plan = fit_weights(found, WANTED)
    assert [pair.how for pair in plan.pairs] == ["name"] * 4
    assert not plan.guessed and not plan.ignored
    assert all(torch.equal(plan.weights[name], found[name]) for name in WANTED)


def test_other_names_are_paired_by_their_shapes_in_any_order() -> None:
    found = tensors(a__bias=(3,), a__weight=(3, 4), b__bias=(4,), b__weight=(4, 3))  # sorted, as safetensors are
    plan = fit_weights(found, WANTED)
    assert {pair.model: pair.file for pair in plan.pairs} == {
        "enc.0.weight": "b.weight",
        "enc.0.bias": "b.bias",
        "dec.0.weight": "a.weight",
        "dec.0.bias": "a.bias",
    }
    assert {pair.how for pair in plan.guessed} == {"shape"}


def test_layers_of_one_shape_are_paired_by_order_and_only_by_equal_order() -> None:
    wanted = tensors(a__weight=(2, 2), b__weight=(2, 2), c__weight=(2, 1))
    plan = fit_weights(tensors(x__weight=(2, 2), y__weight=(2, 2), z__weight=(2, 1)), wanted)
    assert [(pair.file, pair.model, pair.how) for pair in plan.pairs] == [
        ("x.weight", "a.weight", "order"),
        ("y.weight", "b.weight", "order"),
        ("z.weight", "c.weight", "order"),
    ]
    with pytest.raises(ConfigError, match="their shapes are ambiguous: match them by --map"):
        fit_weights(tensors(z__weight=(2, 1), x__weight=(2, 2), y__weight=(2, 2)), wanted)


def test_what_does_not_fit_is_named_with_both_shapes() -> None:
    found = dict(WANTED, **{"enc.0.weight": torch.zeros(3, 4)})  # transposed: not guessed
    with pytest.raises(ConfigError) as raised:
        fit_weights(found, WANTED)
    message = "tensor enc.0.weight has shape (3, 4) in the file but (4, 3) in the model"
    assert str(raised.value) == message


def test_missing_and_left_over_tensors_are_listed() -> None:
    found = {name: tensor for name, tensor in WANTED.items() if name != "dec.0.bias"} | {"head.bias": torch.zeros(9)}
    with pytest.raises(ConfigError) as raised:
        fit_weights(found, WANTED)
    message = str(raised.value)
    assert "the file has no tensors named dec.0.bias (3,)" in message
    assert "its other tensors are head.bias (9,)" in message
    assert "none of them has the shape (3,) of dec.0.bias" in message


def test_tensors_that_the_model_lacks_are_ignored_and_listed() -> None:
    plan = fit_weights(WANTED | {"head.bias": torch.zeros(9)}, WANTED)
    assert plan.ignored == ("head.bias",)


def test_a_map_takes_precedence_over_names_and_shapes() -> None:
    found = tensors(x__weight=(2, 2), y__weight=(2, 2))
    wanted = tensors(a__weight=(2, 2), b__weight=(2, 2))
    plan = fit_weights(found, wanted, read_map(["x.weight=b.weight", " y.weight = a.weight "]))
    assert torch.equal(plan.weights["b.weight"], found["x.weight"])
    assert torch.equal(plan.weights["a.weight"], found["y.weight"])
    for text, message in (("q=a.weight", "no tensor q"), ("x.weight=q", "no tensor q"), ("q", "OLD=NEW")):
        with pytest.raises(ConfigError, match=message):
            fit_weights(found, wanted, read_map([text]))


def test_types_are_turned_where_nothing_is_lost_but_precision() -> None:
    plan = fit_weights({"a": torch.ones(2, dtype=torch.float64)}, {"a": torch.zeros(2)})
    assert plan.weights["a"].dtype == torch.float32
    with pytest.raises(ConfigError, match="tensor a is int64 in the file but float32 in the model"):
        fit_weights({"a": torch.ones(2, dtype=torch.int64)}, {"a": torch.zeros(2)})
    with pytest.raises(ConfigError, match="NaN"):
        fit_weights({"a": torch.full((2,), torch.nan)}, {"a": torch.zeros(2)})


def test_the_plan_owns_its_weights() -> None:
    found = {"a": torch.ones(2)}
    plan = fit_weights(found, {"a": torch.zeros(2)})
    found["a"].zero_()
    assert plan.weights["a"].tolist() == [1, 1]
