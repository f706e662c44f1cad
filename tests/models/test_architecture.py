"""The described layers have the shapes and the numbers of weights of the built models."""

import pytest
import torch

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import Description
from explorer.models.architecture import architecture
from explorer.models.catalog import build, family, resolve


@pytest.fixture(scope="module")
def description() -> Description:
    return load(DataConfig(source="digits")).description


LISTED = {
    "network": "layers",
    "encoder_layers": ("affine 2 -1", "prelu", "conv 4 kernel=3", "batch_norm", "max_pool 2", "flatten", "linear 4"),
    "decoder_layers": (
        *("linear 64", "relu", "unflatten 4x4x4", "group_norm 2", "upsample 2"),
        *("conv 1 kernel=3 padding=1", "layer_norm"),
    ),
}

CASES = (
    ("vae", {}),
    ("vae", {"covariance": "full", "latent_dim": 4, "hidden_widths": ()}),
    ("vae", {"network": "convolutional", "channels": (4, 8, 16), "stride": 2, "hidden_widths": (32, 16)}),
    ("vae", {"network": "residual", "channels": (4, 6), "blocks": 2, "latent_dim": 3}),
    ("ae", {"hidden_widths": (40, 20, 10)}),
    ("ae", {"tied": True}),
    ("conv-ae", {}),
    ("residual-ae", {"blocks": 3}),
    ("conditional-vae", {}),
    ("conditional-vae", {"network": "convolutional", "channels": (4,)}),
    ("sparse-ae", {}),
    ("overcomplete-ae", {}),
    ("wae-mmd", {}),
    ("iwae", {}),
    ("mixture-vae", {}),
    ("adversarial-ae", {}),
    ("vae", {"normalization": "batch", "hidden_widths": (40, 20)}),
    ("conv-ae", {"normalization": "batch"}),
    ("vae", {"network": "convolutional", "channels": (4, 6), "hidden_widths": (), "normalization": "batch"}),
    ("conditional-vae", {"normalization": "batch"}),
    ("vae", LISTED),
    ("wae-mmd", {"network": "layers", "encoder_layers": ("flatten", "linear 2"), "decoder_layers": ("linear 64",)}),
)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_numbers_of_weights_are_those_of_the_model(name: str, settings: dict, description: Description) -> None:
    config = resolve(family(name).config_type(**settings), description)
    model = build(config, description, torch.Generator())
    found = architecture(config, description)
    assert found is not None
    assert found.encoder_weights == sum(weights.numel() for weights in model.encoder.parameters())
    assert found.decoder_weights == sum(weights.numel() for weights in model.decoder.parameters())
    assert found.encoder[0].shape == found.decoder[-1].shape == description.shape
    assert found.latent_dim == model.latent_dim == found.decoder[0].size


def test_layers_given_one_by_one_are_drawn_where_values_are_mapped(description: Description) -> None:
    found = architecture(family("vae").config_type(**LISTED), description)
    assert found is not None
    assert [(layer.kind, layer.shape) for layer in found.encoder] == [
        *(("input", (1, 8, 8)), ("convolution", (4, 6, 6)), ("convolution", (4, 3, 3)), ("code", (4,)))
    ]
    assert [layer.shape for layer in found.decoder] == [(2,), (4, 4, 4), (4, 8, 8), (1, 8, 8)]
    assert found.summary == "64 numbers → 2 → 64: 32 times fewer"


def test_a_gan_has_a_generator_alone(description: Description) -> None:
    config = resolve(family("gan").config_type(latent_dim=8), description)
    found, model = architecture(config, description), build(config, description, torch.Generator())
    assert found is not None and found.encoder == ()
    assert found.decoder_weights == sum(weights.numel() for weights in model.generator.parameters())
    assert found.summary == "8 numbers → 64: 8 times more"


def test_the_summary_says_how_much_smaller_the_code_is(description: Description) -> None:
    config = family("vae").config_type(latent_dim=2)
    found = architecture(config, description)
    assert found is not None and found.summary == "64 numbers → 2 → 64: 32 times fewer"
    wide = architecture(family("overcomplete-ae").config_type(latent_dim=128), description)
    assert wide is not None and wide.summary == "64 numbers → 128 → 64: 2 times more"


def test_a_family_without_networks_has_none(description: Description) -> None:
    assert architecture(family("pca").config_type(), description) is None
