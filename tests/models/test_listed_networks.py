"""Networks given layer by layer and normalized ones: their shapes, their weights by name, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from model_cases import build, config_of, description, draw
from torch import nn

from explorer.config import ConfigError, RunConfig, TrainConfig
from explorer.models import catalog
from explorer.models.architecture import architecture
from explorer.models.latent_model import Batch

ENCODER = ("conv 4 kernel=4 stride=2 padding=1", "batch_norm", "leaky_relu 0.2", "flatten")
DECODER = ("linear 64", "batch_norm", "relu", "unflatten 4x4x4", "transposed_conv 1 kernel=4 stride=2 padding=1")


def listed(outputs: int, **settings: Any) -> dict[str, Any]:
    layers = {"encoder_layers": (*ENCODER, f"linear {outputs}"), "decoder_layers": DECODER}
    return {"network": "layers"} | layers | settings


def plain(outputs: int) -> tuple[nn.Sequential, nn.Sequential]:
    encoder = nn.Sequential(
        nn.Conv2d(1, 4, 4, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(64, outputs)
    )
    decoder = nn.Sequential(
        nn.Linear(3, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Unflatten(1, (4, 4, 4)), nn.ConvTranspose2d(4, 1, 4, 2, 1)
    )
    return encoder.eval(), decoder.eval()


@pytest.mark.parametrize(
    ("family", "outputs"), [("ae", 3), ("vae", 6), ("wae-mmd", 3), ("iwae", 6), ("mixture-vae", 6)]
)
def test_the_weights_have_the_names_and_the_effect_of_those_of_torch(family: str, outputs: int) -> None:
    model = build(family, (1, 8, 8), latent_dim=3, **listed(outputs, likelihood="gaussian"))
    encoder, decoder = plain(outputs)
    for name, network in (("encoder.", encoder), ("decoder.", decoder)):
        taken = {key.removeprefix(name): value for key, value in model.state_dict().items() if key.startswith(name)}
        network.load_state_dict(taken)
    x, z = draw((5, 1, 8, 8)), draw((5, 3))
    assert torch.equal(model.encode(x).mean, encoder(x)[:, :3])
    assert torch.equal(model.decode(z).mean, decoder(z))


def test_a_dense_network_written_as_a_list_is_the_same_to_the_bit() -> None:
    written = {
        "encoder_layers": ("flatten", "linear 7", "relu", "linear 4"),
        "decoder_layers": ("linear 7", "relu", "linear 64", "unflatten 1x8x8"),
    }
    models = build("vae", (1, 8, 8), hidden_widths=(7,)), build("vae", (1, 8, 8), network="layers", **written)
    dense, listed_ones = (model.state_dict() for model in models)
    assert list(dense) == list(listed_ones)
    assert all(torch.equal(tensor, listed_ones[name]) for name, tensor in dense.items())


def test_an_unbounded_log_variance_is_that_of_the_encoder() -> None:
    model = build("vae", (1, 8, 8), latent_dim=3, log_variance="unbounded", **listed(6))
    bounded = build("vae", (1, 8, 8), latent_dim=3, **listed(6))
    x = 1000 * draw((5, 1, 8, 8))
    raw = model.encoder(x)[:, 3:]
    assert raw.abs().max() > 12
    found = model.encode(x).log_variance
    assert found is not None and torch.equal(found, raw.clamp(-80, 80))
    assert bounded.encode(x).log_variance.abs().max() <= 12  # type: ignore[union-attr]
    assert torch.isfinite(model.losses(Batch(1e9 * x, x, draw((5, 3)))).total)


def test_a_flat_decoder_returns_the_shape_of_a_sample() -> None:
    layers = {"encoder_layers": ("flatten", "linear 2"), "decoder_layers": ("linear 24",)}
    model = build("ae", (2, 3, 4), network="layers", **layers)
    assert model.decode(draw((5, 2))).mean.shape == (5, 2, 3, 4)
    vectors = build("ae", (7,), network="layers", encoder_layers=("linear 2",), decoder_layers=("linear 7",))
    assert vectors.decode(vectors.encode(draw((5, 7))).mean).mean.shape == (5, 7)


def test_a_conditional_vae_takes_classes_as_channels_or_as_numbers() -> None:
    layers = {"encoder_layers": (*ENCODER, "linear 4"), "decoder_layers": DECODER}
    about = replace(description((1, 8, 8)), class_names=("a", "b", "c"))
    config = catalog.resolve(config_of("conditional-vae", network="layers", **layers), about)
    model, x, classes = (
        catalog.build(config, about, torch.Generator()),
        draw((5, 1, 8, 8)),
        torch.tensor([0, 1, 2, 0, -1]),
    )
    assert model.encoder[0].in_channels == 4 and model.decoder[0].in_features == 5  # type: ignore[union-attr, index]
    assert model.decode(model.encode(x, classes).mean, classes).mean.shape == x.shape
    found = architecture(config, about)
    assert found is not None and found.encoder_weights == sum(each.numel() for each in model.encoder.parameters())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("family", "settings", "message"),
    [
        ("vae", {"network": "layers"}, "has no layers: write for example flatten,linear 400,relu,linear 4"),
        ("vae", listed(2), "returns 2 numbers, but 4 numbers are needed (all means, then all log-variances, for "
         "model.latent_dim = 2): end it with 'linear 4'"),
        ("ae", listed(3), "returns 3 numbers, but 2 numbers are needed (the code, for model.latent_dim = 2)"),
        ("ae", listed(2, encoder_layers=ENCODER[:1]), "returns 4 × 4 × 4, but 2 numbers are needed (the code, for "
         "model.latent_dim = 2): end it with 'flatten' and 'linear 2'"),
        ("ae", listed(2, encoder_layers=("conv 2 kernel=8",)), "returns 2 × 1 × 1, but 2 numbers are needed (the code, "
         "for model.latent_dim = 2): end it with 'flatten'"),
        ("ae", listed(2, decoder_layers=("linear 63",)), "returns 63 numbers, but p(x|z) needs 1 × 8 × 8: end it with "
         "'linear 64'"),
        ("ae", listed(2, decoder_layers=()), "model.decoder_layers has no layers"),
        ("ae", listed(2, encoder_layers=("lstm 2",)), "model.encoder_layers: layer 1, 'lstm 2': no such layer"),
        ("ae", {"tied": True, "normalization": "batch"}, "turn one of the two off"),
        ("ae", {"tied": True, **listed(2)}, "model.tied needs dense layers, but model.network is layers"),
        ("residual-ae", {"normalization": "batch"}, "residual networks are not normalized"),
        ("vae", {"network": "layers", "encoder_layers": ("flatten", "linear 99999", "linear 99999", "linear 4"),
                 "decoder_layers": ("linear 64",)}, "million weights"),
    ],
)  # fmt: skip
def test_lists_that_do_not_fit_are_refused_in_words(family: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        catalog.resolve(config_of(family, **settings), description((1, 8, 8)))
    assert message in str(error.value)
    if message.startswith(("returns", "has no", "model.encoder")):
        assert architecture(config_of(family, **settings), description((1, 8, 8))) is None


@pytest.mark.parametrize("family", ["sparse-ae", "overcomplete-ae", "adversarial-ae", "vamp-vae"])
@pytest.mark.parametrize("settings", [{"network": "layers"}, {"normalization": "batch"}])
def test_families_that_pass_more_than_samples_through_a_network_refuse_them(family: str, settings: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        config_of(family, **settings)


def test_each_hidden_layer_is_normalized_before_its_activation() -> None:
    def kinds(network: nn.Sequential) -> list[str]:
        return [type(layer).__name__ for layer in network]

    dense = build("ae", (6,), hidden_widths=(5, 4), normalization="batch")
    assert kinds(dense.encoder) == [
        *("Flatten", "Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d", "ReLU", "Linear")
    ]
    assert kinds(dense.decoder)[-4:] == ["BatchNorm1d", "ReLU", "Linear", "Unflatten"]
    conv = build("conv-ae", (1, 8, 8), channels=(3, 4), hidden_widths=(), normalization="batch")
    assert kinds(conv.encoder)[:3] == ["Conv2d", "BatchNorm2d", "ReLU"] and kinds(conv.encoder)[-1] == "Linear"
    assert kinds(conv.decoder) == [
        *("Linear", "BatchNorm1d", "ReLU", "Unflatten"),
        *("ConvTranspose2d", "BatchNorm2d", "ReLU", "ConvTranspose2d"),
    ]
    for layer in (*dense.modules(), *conv.modules()):
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            assert layer.running_mean is not None and layer.running_var is not None
            assert bool((layer.weight == 1).all() and (layer.bias == 0).all())
            assert bool((layer.running_mean == 0).all() and (layer.running_var == 1).all())


@pytest.mark.parametrize("settings", [{"normalization": "batch"}, listed(4)])
def test_batches_of_one_sample_are_warned_of(settings: dict[str, Any]) -> None:
    about = description((1, 8, 8))
    for batch_size, network, warned in ((1, settings, True), (2, settings, False), (1, {}, False)):
        config = RunConfig(model=config_of("vae", **network), train=TrainConfig(batch_size=batch_size))
        assert any("Batch normalization" in sentence for sentence in catalog.warnings(config, about)) == warned


@pytest.mark.parametrize("family", ["ae", "conv-ae", "vae"])
def test_the_initial_weights_do_not_depend_on_the_normalization(family: str) -> None:
    settings: dict[str, Any] = {"channels": (3,)} if family == "conv-ae" else {"hidden_widths": (5,)}
    usual, normalized = (build(family, (1, 8, 8), normalization=name, **settings) for name in ("none", "batch"))
    ours = [layer.weight for layer in usual.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    theirs = [layer.weight for layer in normalized.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))
    assert not normalized.training
