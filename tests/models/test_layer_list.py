"""Layers given as text equal the plain torch modules; a text that cannot be read or does not fit is named."""

import pytest
import torch
from torch import nn

from explorer.config import ConfigError
from explorer.models.layer_list import KINDS, build_layers, output_shape
from explorer.models.layers import Affine, SeededDropout, initialise

SAME = (
    ("linear 7", (5,), nn.Linear(5, 7)),
    ("linear 7 bias=false", (5,), nn.Linear(5, 7, bias=False)),
    ("conv 4 kernel=3", (2, 9, 8), nn.Conv2d(2, 4, 3)),
    (
        "conv 4 kernel=3x5 stride=2x1 padding=1x2 bias=false",
        (2, 9, 8),
        nn.Conv2d(2, 4, (3, 5), (2, 1), (1, 2), bias=False),
    ),
    ("transposed_conv 3 kernel=4 stride=2 padding=1", (2, 5, 4), nn.ConvTranspose2d(2, 3, 4, 2, 1)),
    (
        "transposed_conv 3 kernel=3 stride=2x3 padding=1 output_padding=1x2",
        (2, 5, 4),
        nn.ConvTranspose2d(2, 3, 3, (2, 3), 1, (1, 2)),
    ),
    ("batch_norm", (5,), nn.BatchNorm1d(5)),
    ("batch_norm eps=0.001", (3, 4, 4), nn.BatchNorm2d(3, eps=1e-3)),
    ("layer_norm", (5,), nn.LayerNorm(5)),
    ("layer_norm", (2, 3, 4), nn.LayerNorm((2, 3, 4))),
    ("group_norm 3", (6, 4, 4), nn.GroupNorm(3, 6)),
    ("dropout 0.2", (5,), nn.Dropout(0.2)),
    ("max_pool 2", (2, 9, 8), nn.MaxPool2d(2)),
    ("max_pool 3x2 stride=2 padding=1", (2, 9, 8), nn.MaxPool2d((3, 2), 2, 1)),
    ("average_pool 2", (2, 9, 8), nn.AvgPool2d(2)),
    ("upsample 2", (2, 3, 4), nn.Upsample(scale_factor=2)),
    ("upsample 2x3 mode=bilinear", (2, 3, 4), nn.Upsample(scale_factor=(2.0, 3.0), mode="bilinear")),
    ("flatten", (2, 3, 4), nn.Flatten()),
    ("unflatten 2x3x4", (24,), nn.Unflatten(1, (2, 3, 4))),
    ("relu", (5,), nn.ReLU()),
    ("gelu", (5,), nn.GELU()),
    ("silu", (5,), nn.SiLU()),
    ("tanh", (5,), nn.Tanh()),
    ("sigmoid", (5,), nn.Sigmoid()),
    ("softplus", (5,), nn.Softplus()),
    ("elu", (5,), nn.ELU()),
    ("identity", (5,), nn.Identity()),
    ("leaky_relu", (5,), nn.LeakyReLU()),
    ("leaky_relu 0.2", (5,), nn.LeakyReLU(0.2)),
    ("prelu", (2, 3, 4), nn.PReLU()),
    ("prelu 2", (2, 3, 4), nn.PReLU(2)),
)


@pytest.mark.parametrize(("text", "shape", "plain"), SAME)
def test_each_layer_equals_that_of_torch(text: str, shape: tuple[int, ...], plain: nn.Module) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((3, *shape), generator=generator)
    layers = build_layers([text], shape)
    for tensor in plain.state_dict().values():  # running averages and weights that are not those at the start
        tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5) if tensor.is_floating_point() else None
    layers.load_state_dict({f"0.{name}": tensor for name, tensor in plain.state_dict().items()})
    ours, theirs = layers.eval()(x), plain.eval()(x)
    assert torch.equal(ours, theirs)
    assert output_shape([text], shape) == tuple(theirs.shape[1:])


def test_every_kind_is_compared_and_its_example_can_be_read() -> None:
    assert {text.split()[0] for text, _, _ in SAME} | {"affine"} == set(KINDS)
    for kind in KINDS.values():
        shape = {1: (64 * 49,), 3: (2, 9, 9), 0: (8,)}[kind.rank]
        assert output_shape([kind.example], shape)


def test_a_list_gives_each_layer_the_shape_that_arrives() -> None:
    items = "conv 8 kernel=4 stride=2 padding=1", "batch_norm", "leaky_relu 0.2", "flatten", "linear 6", "affine 2 -1"
    layers, x = build_layers(items, (1, 28, 28)), torch.rand(2, 1, 28, 28)
    assert [name for name, _ in layers.named_parameters()] == [
        *("0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias")
    ]
    assert output_shape(items, (1, 28, 28)) == (6,)
    assert torch.equal(layers(x), layers[:5](x) * 2 - 1)
    assert output_shape((), (5,)) == (5,)


def test_layers_start_with_the_values_of_torch() -> None:
    with torch.device("meta"):
        meta = build_layers(["batch_norm", "layer_norm", "group_norm 2", "prelu"], (4,))
    layers = meta.to_empty(device="cpu")
    initialise(layers, torch.Generator())
    plain = nn.Sequential(nn.BatchNorm1d(4), nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.PReLU())
    assert all(torch.equal(layers.state_dict()[name], tensor) for name, tensor in plain.state_dict().items())


def test_dropout_draws_from_the_given_generator_alone() -> None:
    layer, x = SeededDropout(0.25), torch.ones(4, 500)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    assert torch.equal(layer(x), x)  # no generator
    layer.generator = torch.Generator().manual_seed(3)
    first = layer(x)
    layer.generator = torch.Generator().manual_seed(3)
    assert torch.equal(layer(x), first)
    assert first.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert abs(float((first == 0).float().mean()) - 0.25) < 0.03
    assert torch.equal(layer.eval()(x), x)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("items", "shape", "message"),
    [
        (("relu", "konv 3"), (5,), "layer 2, 'konv 3': no such layer; did you mean conv?"),
        (("lstm 3",), (5,), "no such layer; choose from linear, conv"),
        (("",), (5,), "no such layer"),
        (("linear",), (5,), "takes 1 number, not 0; write for example 'linear 400'"),
        (("linear x",), (5,), "the number = x must be a whole number from 1"),
        (("linear 0",), (5,), "from 1 to 1,048,576"),
        (("linear 1e9",), (5,), "whole number"),
        (("linear 99999999999",), (5,), "whole number"),
        (("linear 4",), (1, 8, 8), "a picture of 1 × 8 × 8 arrives: write 'flatten' before it"),
        (("conv 4 kernel=3",), (64,), "64 numbers arrive: write for example 'unflatten"),
        (("conv 4",), (1, 8, 8), "kernel is missing; write for example 'conv 32 kernel=4"),
        (("conv 4 size=3",), (1, 8, 8), "no option size, only kernel, stride, padding, bias"),
        (("conv 4 kernel=3 kernel=4",), (1, 8, 8), "given twice"),
        (("conv 4 kernel=3x3x3",), (1, 8, 8), "neither one number nor a height and a width"),
        (("conv 4 kernel=9",), (1, 8, 8), "larger than the picture of 8 × 8"),
        (("conv 4 kernel=3 bias=no",), (1, 8, 8), "bias = no must be true or false"),
        (("transposed_conv 4 kernel=3 output_padding=1",), (1, 8, 8), "output_padding must be smaller than stride"),
        (("transposed_conv 4 kernel=1 padding=9",), (1, 8, 8), "leaves nothing"),
        (("max_pool 2 padding=2",), (1, 8, 8), "at most half of the window"),
        (("upsample 2 mode=cubic",), (1, 8, 8), "mode = cubic must be nearest or bilinear"),
        (("upsample 90000",), (1, 8, 8), "values per sample; the limit is 16,777,216"),
        (("unflatten 2x3x4",), (25,), "2 × 3 × 4 are 24 numbers, but 25 arrive"),
        (("unflatten 24",), (24,), "must be channels, height and width"),
        (("group_norm 3",), (4,), "4 channels cannot be divided into 3 equal groups"),
        (("dropout 1",), (4,), "at least 0 and below 1"),
        (("dropout nan",), (4,), "nan must be a number"),
        (("affine 2",), (4,), "affine takes 2 numbers, not 1"),
        (("leaky_relu 1 2",), (4,), "takes 0 or 1 numbers, not 2"),
        (("prelu 3",), (4,), "1 slope or one for each of 4 channels"),
        (("relu 3",), (4,), "relu takes 0 numbers, not 1"),
        (("__import__('os')",), (4,), "no such layer"),
    ],
)
def test_a_text_that_does_not_fit_is_named(items: tuple[str, ...], shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        build_layers(items, shape, "model.encoder_layers")
    assert message in str(error.value) and str(error.value).startswith("model.encoder_layers: layer ")


def test_affine_prints_its_numbers() -> None:
    assert str(Affine(2, -1)) == "Affine(2, -1)"
