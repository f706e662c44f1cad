"""Models as plain modules of torch: same numbers as the model, no class of this program."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import model_cases
import numpy as np
import pytest
import torch
from torch import nn

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.export.models.plain_module import example_inputs, plain_module
from explorer.models import catalog
from explorer.models.latent_model import LatentModel

CLASSES = ("zero", "one", "two")
OF_PICTURES = [
    ("pca", {}),
    ("svd", {}),
    ("linear-ae", {}),
    ("linear-ae", {"tied": True}),
    ("shallow-ae", {}),
    ("ae", {"hidden_widths": (9,), "tied": True, "activation": "elu"}),
    ("ae", {"hidden_widths": (9, 5), "code_activation": "tanh", "likelihood": "gaussian with learned sigma"}),
    ("ae", {"network": "convolutional", "channels": (2, 3), "hidden_widths": ()}),
    ("conv-ae", {"channels": (2, 3)}),
    ("residual-ae", {"channels": (2, 3), "hidden_widths": (4,)}),
    ("denoising-ae", {"latent_dim": 3}),
    ("masked-ae", {"latent_dim": 3}),
    ("sparse-ae", {"latent_dim": 20, "sparsity": "top-k", "active_units": 4}),
    ("sparse-ae", {"latent_dim": 20, "sparsity": "kl"}),
    ("overcomplete-ae", {}),
    ("wae-mmd", {}),
    ("adversarial-ae", {}),
    ("vae", {"likelihood": "continuous bernoulli"}),
    ("vae", {"normalization": "batch", "hidden_widths": (9, 7), "log_variance": "unbounded"}),
    ("vae", {"network": "convolutional", "channels": (2, 3)}),
    ("vae", {"covariance": "full", "latent_dim": 4, "hidden_widths": (9,)}),
    ("conditional-vae", {"hidden_widths": (9,)}),
    ("conditional-vae", {"network": "convolutional", "channels": (2, 3)}),
    ("iwae", {}),
    ("mixture-vae", {}),
    ("vamp-vae", {}),
    ("gan", {}),
]
LAYERS = {
    "network": "layers",
    "encoder_layers": (
        "affine 2 -1", "conv 4 kernel=3 stride=2 padding=1", "batch_norm", "prelu", "dropout 0.2",
        "max_pool 2", "flatten", "layer_norm", "linear 4",
    ),
    "decoder_layers": (
        "linear 16", "leaky_relu 0.2", "unflatten 4x2x2", "upsample 2", "transposed_conv 1 kernel=4 stride=2 padding=1",
    ),
}  # fmt: skip


def about(shape: tuple[int, ...], **fields: Any) -> Description:
    fields = {
        "name": "made up",
        "kind": "image" if len(shape) == 3 else "vector",
        "unit_range": len(shape) == 3,
    } | fields
    transform = fields.pop("transform", Transform(np.float32(0), np.float32(255)))
    return Description(shape=shape, transform=transform, value_range=(0.0, 255.0), class_names=CLASSES, **fields)


def made(family: str, description: Description, **settings: Any) -> LatentModel:
    config = catalog.resolve(model_cases.config_of(family, **settings), description)
    model = catalog.build(config, description, torch.Generator().manual_seed(0)).eval()
    generator = torch.Generator().manual_seed(1)
    # Buffers too: those of PCA are zeros before it is fitted, and running averages those of no data.
    for values in (*model.parameters(), *model.buffers()):
        if values.is_floating_point():
            values.data.add_(0.1 * torch.rand(values.shape, generator=generator, dtype=values.dtype))
    return model


def check(model: LatentModel, description: Description) -> nn.Module:
    """Compare with the model itself, through the transform of the data, for two sizes of a batch."""
    plain = plain_module(model, description, "run")
    transform = description.transform
    for count in (1, 6):
        with torch.no_grad():
            *given, classes = [*example_inputs(model, description, count, "decoder").values(), None][:2]
            expected = transform.invert(model.decode(*given, classes).mean.numpy())
            inputs = example_inputs(model, description, count, "decoder").values()
            np.testing.assert_allclose(plain.decoder(*inputs).numpy(), expected, rtol=1e-5, atol=1e-5)
            if not model.capabilities.encoder:
                np.testing.assert_allclose(plain(*inputs).numpy(), expected, rtol=1e-5, atol=1e-5)
                continue
            x, classes = [*example_inputs(model, description, count, "encoder").values(), None][:2]
            values = torch.from_numpy(transform.apply(x.numpy()))
            posterior = model.encode(values, classes)
            found = plain.encoder(x) if classes is None else plain.encoder(x, classes)
            mean, log_variance = found if model.capabilities.stochastic_posterior else (found, None)
            np.testing.assert_allclose(mean.numpy(), posterior.mean.numpy(), rtol=1e-5, atol=1e-5)
            if log_variance is not None:
                assert posterior.log_variance is not None
                np.testing.assert_allclose(log_variance.numpy(), posterior.log_variance.numpy(), rtol=1e-5, atol=1e-5)
            whole = transform.invert(model.decode(posterior.mean, classes).mean.numpy())
            inputs = [x] if classes is None else [x, classes]
            np.testing.assert_allclose(plain(*inputs).numpy(), whole, rtol=1e-5, atol=1e-4)
    assert all(type(module).__module__.startswith("torch.") for module in plain.modules())
    return plain


@pytest.mark.parametrize(("family", "settings"), OF_PICTURES)
def test_every_family_as_plain_module(family: str, settings: dict[str, Any]) -> None:
    description = about((1, 8, 8))
    check(made(family, description, **settings), description)


@pytest.mark.parametrize("family", ["ae", "vae"])
def test_networks_given_layer_by_layer(family: str) -> None:
    description = about((1, 8, 8))
    ends = "linear 4" if family == "vae" else "linear 2"
    layers = LAYERS | {"encoder_layers": (*LAYERS["encoder_layers"][:-1], ends)}
    plain = check(made(family, description, **layers), description)
    assert any(isinstance(module, nn.Dropout) for module in plain.modules())


def test_columns_of_several_kinds() -> None:
    kinds = ("number", "angle", "yes/no", "category", "category", "count", "number")
    offset, scale = np.array([1, 0, 0, 0, 0, 0, 3], np.float32), np.array([2, 1, 1, 1, 1, 1, 4], np.float32)
    logged = np.array([False] * 6 + [True])
    description = about(
        (7,), feature_kinds=kinds, category_sizes=(2,), transform=Transform(offset, scale, logged)
    )  # fmt: skip
    for likelihood in ("by column", "by column with learned sigma"):
        check(made("vae", description, likelihood=likelihood, hidden_widths=(6,)), description)


@pytest.mark.parametrize("likelihood", ["poisson", "zero-inflated negative binomial"])
def test_counts(likelihood: str) -> None:
    description = about((5,), feature_kinds=("count",) * 5, transform=Transform(np.float32(0), np.float32(1)))
    check(made("vae", description, likelihood=likelihood, hidden_widths=(6,)), description)


def test_documents() -> None:
    terms = ("a", "b", "c", "d")
    description = about((4,), kind="text", feature_names=terms, transform=Transform(np.float32(0), np.float32(1)))
    check(made("lsi", description, latent_dim=2), description)


def test_what_cannot_be_recorded_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    description = about((4,))
    model = made("ae", description, hidden_widths=(3,))
    encode = model.encode
    monkeypatch.setattr(type(model), "encode", lambda self, x, condition=None: encode(x.mul_(2)))
    with pytest.raises(ConfigError, match="run cannot be exported: it changes a tensor in place; choose a run of"):
        plain_module(model, description, "run")
    # A size of the batch that is a constant of the graph.
    monkeypatch.setattr(type(model), "encode", lambda self, x, condition=None: encode(x * len(x)))
    with pytest.raises(ConfigError, match="run cannot be exported: as a plain module, its encoder returns other"):
        plain_module(model, description, "run")


def test_the_module_is_saved_and_loaded_without_the_program(tmp_path: Path) -> None:
    description = about((1, 8, 8))
    plain = plain_module(made("conditional-vae", description, hidden_widths=(9,)), description, "run")
    inputs = tuple(example_inputs(made("conditional-vae", description), description, 4, "encoder").values())
    torch.save({"module": plain, "inputs": inputs, "found": plain(*inputs)}, tmp_path / "plain.pt")
    # None in sys.modules makes an import fail.
    code = (
        "import sys; sys.modules['explorer'] = None; import torch;"
        f"saved = torch.load({str(tmp_path / 'plain.pt')!r}, weights_only=False);"
        "assert torch.equal(saved['module'](*saved['inputs']), saved['found']);"
        "saved['module'].train(); saved['module'](*saved['inputs']).sum().backward()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_a_copy_can_be_trained_and_the_model_stays() -> None:
    description = about((1, 8, 8))
    model = made("ae", description, hidden_widths=(9,))
    before = pickle.dumps([value.tolist() for value in model.state_dict().values()])
    plain = plain_module(model, description, "run")
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.1)
    plain(torch.ones(2, 1, 8, 8)).sum().backward()
    optimizer.step()
    assert pickle.dumps([value.tolist() for value in model.state_dict().values()]) == before


def test_words_have_no_layers() -> None:
    names = ("cat", "dog", "eel")
    description = about((3,), kind="text", sample_names=names, feature_names=names)
    with pytest.raises(ConfigError, match=r"run: word vectors .* encode --out vectors\.csv"):
        plain_module(made("skip-gram", description, latent_dim=2), description, "run")
