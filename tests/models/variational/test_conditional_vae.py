"""The conditional VAE: encoder and decoder use the class, and it is checked."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from model_cases import config_of, description, draw

from explorer.config import ConfigError, RunConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import Dataset, Description
from explorer.latent.codes.embedding import embed
from explorer.latent.evaluation.evaluate import evaluate
from explorer.models import catalog
from explorer.models.latent_model import Batch
from explorer.models.variational.conditional_vae import ConditionalVae

CLASSES = ("a", "b", "c")


def about(shape: tuple[int, ...], classes: tuple[str, ...] = CLASSES) -> Description:
    return replace(description(shape), class_names=classes)


def build(shape: tuple[int, ...], **settings: object) -> ConditionalVae:
    data = about(shape)
    config = catalog.resolve(config_of("conditional-vae", **settings), data)
    model = catalog.build(config, data, torch.Generator().manual_seed(0))
    assert isinstance(model, ConditionalVae)
    return model


SHAPES = [
    ((5,), {"hidden_widths": (7,), "likelihood": "gaussian"}),
    ((2, 4, 5), {"hidden_widths": (7,)}),
    ((2, 6, 5), {"network": "convolutional", "channels": (3,), "hidden_widths": (6,)}),
]


@pytest.mark.parametrize(("shape", "settings"), SHAPES)
def test_the_class_changes_encoding_and_decode(shape: tuple[int, ...], settings: dict[str, object]) -> None:
    model, x, z = build(shape, **settings), draw((3, *shape)), draw((3, 2))
    ones, twos = torch.full((3,), 1), torch.full((3,), 2)
    assert model.encode(x, ones).mean.shape == (3, 2)
    assert model.decode(z, ones).mean.shape == (3, *shape)
    assert not torch.equal(model.encode(x, ones).mean, model.encode(x, twos).mean)
    assert not torch.equal(model.decode(z, ones).mean, model.decode(z, twos).mean)


@pytest.mark.parametrize(("shape", "settings"), SHAPES)
def test_each_sample_is_taken_by_its_own_class(shape: tuple[int, ...], settings: dict[str, object]) -> None:
    model, x = build(shape, **settings), draw((3, *shape))
    classes = torch.tensor([2, 0, 1])
    together = model.encode(x, classes).mean
    for row in range(3):
        alone = model.encode(x[row : row + 1], classes[row : row + 1]).mean
        torch.testing.assert_close(together[row : row + 1], alone)


@pytest.mark.parametrize(("shape", "settings"), SHAPES)
def test_an_unknown_class_is_all_zeros(shape: tuple[int, ...], settings: dict[str, object]) -> None:
    model, x, z = build(shape, **settings), draw((3, *shape)), draw((3, 2))
    unknown = torch.full((3,), -1)
    assert torch.equal(model.encode(x, unknown).mean, model.encode(x).mean)
    assert torch.equal(model.decode(z, unknown).mean, model.decode(z).mean)
    assert not torch.equal(model.decode(z).mean, model.decode(z, torch.zeros(3, dtype=torch.int64)).mean)


def test_dense_layers_see_pixels_and_one_hot_class() -> None:
    model, x = build((1, 2, 2), hidden_widths=()), draw((2, 1, 2, 2))
    (layer,) = [layer for layer in model.encoder if isinstance(layer, torch.nn.Linear)]
    one_hot = torch.nn.functional.one_hot(torch.tensor([2, 0]), 3).float()
    wanted = torch.cat([x.flatten(1), one_hot], 1) @ layer.weight.T + layer.bias
    torch.testing.assert_close(model.encode(x, torch.tensor([2, 0])).mean, wanted[:, :2])


def test_the_loss_takes_the_batch_s_classes() -> None:
    model, x, noise = build((1, 2, 2), hidden_widths=(4,)), draw((2, 1, 2, 2)), torch.zeros(2, 2)
    classes = torch.tensor([2, 0])
    losses = model.losses(Batch(x, x, noise, classes))
    mean = model.encode(x, classes).mean
    wanted = -model.decode(mean, classes).log_prob(x).mean()
    assert losses.terms["reconstruction"].item() == pytest.approx(wanted.item(), rel=1e-6)


@pytest.mark.parametrize(("classes", "problem"), [((), "no labels"), (("only",), "only one class")])
def test_data_without_classes_is_refused_in_plain_words(classes: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        catalog.resolve(config_of("conditional-vae"), about((4,), classes))
    assert "digits" in str(caught.value) and "label_column" in str(caught.value)


def test_embedding_and_evaluation_take_the_labels() -> None:
    data: Dataset = datasets.load(RunConfig().data)
    config = catalog.resolve(config_of("conditional-vae", hidden_widths=(16,)), data.description)
    model = catalog.build(config, data.description, torch.Generator().manual_seed(0))
    embedding = embed(model, data, data.splits.test, reconstruct=True)
    x = torch.from_numpy(data.model_inputs(data.splits.test))
    classes = torch.from_numpy(data.labels[data.splits.test])
    with torch.inference_mode():
        posterior = model.encode(x, classes)
        cost = -model.decode(posterior.mean, classes).log_prob(x)
    np.testing.assert_allclose(embedding.mean, posterior.mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(embedding.reconstruction, cost, rtol=1e-5)
    hidden = replace(data, labels=np.full(len(data), -1))
    assert evaluate(model, data).elbo != pytest.approx(evaluate(model, hidden).elbo, rel=1e-6)
