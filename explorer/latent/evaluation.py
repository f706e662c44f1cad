"""Evaluating a model on a split, under fixed noise, so that anyone can recompute every figure.

The noise is ``rng = numpy.random.default_rng(0)`` and sixteen draws of ``rng.standard_normal((N, latent_dim))`` over
the split in its order. The model computes in its own precision; every sum over samples is in float64.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from explorer.data.dataset import DataError, Dataset
from explorer.latent.embedding import Embedding, embed
from explorer.latent.figures import Figures
from explorer.models.latent_model import LatentModel, Posterior
from explorer.models.likelihoods import Bernoulli, binary_entropy

DRAWS = 16
NEIGHBOURS = 10
ACTIVE_VARIANCE = 0.01
CHUNK = 1024

GREY_NOTE = (
    "The Bernoulli likelihood of grey values is no log-density: reconstruction and elbo are comparable between models "
    "of this kind alone, and binary_entropy is the least that reconstruction can be."
)
_POINT = "the encoder gives a point, no distribution"


@runtime_checkable
class ClosedFormKl(Protocol):
    """A prior whose KL from a diagonal Gaussian posterior has a closed form."""

    def kl_per_dimension(self, posterior: Posterior) -> Tensor:
        """Give KL in nats, (batch, latent_dim)."""


def evaluate(
    model: LatentModel, dataset: Dataset, split: str = "test", *, train_codes: NDArray[np.float32] | None = None
) -> Figures:
    """Evaluate at one go; see `evaluate_in_chunks`."""
    chunks = evaluate_in_chunks(model, dataset, split, train_codes=train_codes)
    while True:
        try:
            next(chunks)
        except StopIteration as stop:
            figures: Figures = stop.value
            return figures


def evaluate_in_chunks(
    model: LatentModel, dataset: Dataset, split: str = "test", *, train_codes: NDArray[np.float32] | None = None
) -> Generator[tuple[int, int], None, Figures]:
    """Evaluate a model on a split; yields ``(done, total)`` passes over chunks, so that its runner may stop it.

    Parameters
    ----------
    train_codes
        Posterior means of the training split in its order, (n, latent_dim), where they are known already; they are
        the neighbours of `knn_accuracy`.

    Raises
    ------
    DataError
        For a split that is unknown or empty.
    """
    index = dataset.splits.named(split)
    if len(index) == 0:
        raise DataError(f"{dataset.name}: its {split} split is empty; give it samples (data.{split}_fraction)")
    embedding = embed(model, dataset, index)
    draws = 1 if embedding.log_variance is None else DRAWS
    rng = np.random.default_rng(0)
    noise = (rng.standard_normal((len(index), model.latent_dim)) for _ in range(draws))
    total = (draws + 1) * -(-len(index) // CHUNK)
    done, reconstruction = 0, 0.0
    for epsilon in noise:
        for part in _parts(len(index)):
            z = _posterior(embedding, part, model).sample(_tensor(epsilon[part], model))
            reconstruction += _cost(model, z, dataset, index[part]) / draws / len(index)
            done += 1
            yield done, total
    means = _MeanDecodes()
    for part in _parts(len(index)):
        means = means.plus(_measure(model, embedding, part, dataset))
        done += 1
        yield done, total
    return _figures(model, dataset, split, embedding, train_codes, reconstruction, means)


@dataclass(frozen=True)
class _MeanDecodes:
    """Sums over samples of what the decode of the mean costs; ``entropy`` is None without a Bernoulli likelihood."""

    squares: float = 0.0
    entropy: float | None = None
    grey: bool = False

    def plus(self, more: "_MeanDecodes") -> "_MeanDecodes":
        entropy = None if more.entropy is None else (self.entropy or 0.0) + more.entropy
        return _MeanDecodes(self.squares + more.squares, entropy, self.grey or more.grey)


def _figures(
    model: LatentModel,
    dataset: Dataset,
    split: str,
    embedding: Embedding,
    train_codes: NDArray[np.float32] | None,
    reconstruction: float,
    means: _MeanDecodes,
) -> Figures:
    count = len(embedding.mean)
    missing: dict[str, str] = {}
    kl = _kl(model, embedding, missing)
    if kl is None:
        missing["elbo"] = f"the KL is not defined: {missing['kl']}"
    entropy = None
    if means.entropy is None:
        missing["binary_entropy"] = "the likelihood is no Bernoulli"
    else:
        entropy = means.entropy / count
    return Figures(
        split=split,
        samples=count,
        reconstruction=reconstruction,
        mse=means.squares / count,
        kl=kl,
        elbo=None if kl is None else -(reconstruction + kl),
        knn_accuracy=_knn_accuracy(model, dataset, embedding, train_codes, missing),
        binary_entropy=entropy,
        active_units=_active_units(embedding, missing),
        not_defined=missing,
        note=GREY_NOTE if means.grey else "",
    )


@torch.inference_mode()
def _cost(model: LatentModel, z: Tensor, dataset: Dataset, index: NDArray[np.int64]) -> float:
    """Give Σ −log p(x|z) of some samples, nats."""
    x = _tensor(dataset.model_inputs(index), model)
    return -_double(model.decode(z).log_prob(x)).sum().item()


@torch.inference_mode()
def _measure(model: LatentModel, embedding: Embedding, part: slice, dataset: Dataset) -> _MeanDecodes:
    x = _tensor(dataset.model_inputs(embedding.index[part]), model)
    likelihood = model.decode(_tensor(embedding.mean[part], model))
    squares = (_double(likelihood.mean) - _double(x)).square().sum().item()
    if not isinstance(likelihood, Bernoulli):
        return _MeanDecodes(squares)
    grey = bool(((x > 0) & (x < 1)).any())
    return _MeanDecodes(squares, binary_entropy(_double(x)).sum().item(), grey)


def _kl(model: LatentModel, embedding: Embedding, missing: dict[str, str]) -> float | None:
    """Give the mean KL in nats per sample, computed in float64; or None, and note why in ``missing``."""
    prior = model.prior
    if embedding.log_variance is None:
        missing["kl"] = _POINT
    elif not isinstance(prior, ClosedFormKl):
        missing["kl"] = "the model has no prior" if prior is None else "this prior has no closed form of it"
    else:
        posterior = Posterior(_double_tensor(embedding.mean), _double_tensor(embedding.log_variance))
        return prior.kl_per_dimension(posterior).sum(1).mean().item()
    return None


def _active_units(embedding: Embedding, missing: dict[str, str]) -> int | None:
    if embedding.log_variance is None:
        missing["active_units"] = f"{_POINT}: the scale of its codes is arbitrary"
        return None
    return int((embedding.mean.astype(np.float64).var(axis=0) > ACTIVE_VARIANCE).sum())


def _knn_accuracy(
    model: LatentModel,
    dataset: Dataset,
    embedding: Embedding,
    train_codes: NDArray[np.float32] | None,
    missing: dict[str, str],
) -> float | None:
    problem, accuracy = "", None
    if dataset.labels is None:
        problem = "the data has no labels"
    else:
        train, tested = dataset.labels[dataset.splits.train], dataset.labels[embedding.index]
        if len(np.unique(train[train >= 0])) < 2:
            problem = "the training split has one class alone"
        elif not (tested >= 0).any():
            problem = "no sample of the split has a known class"
        else:
            if train_codes is None:
                train_codes = embed(model, dataset, dataset.splits.train).mean
            accuracy = knn_accuracy(train_codes, train, embedding.mean, tested)
    if problem:
        missing["knn_accuracy"] = problem
    return accuracy


def knn_accuracy(
    train_codes: NDArray[np.float32],
    train_labels: NDArray[np.int64],
    codes: NDArray[np.float32],
    labels: NDArray[np.int64],
    neighbours: int = NEIGHBOURS,
) -> float:
    """Give the share of ``codes`` whose class is that of most of their nearest neighbours among ``train_codes``.

    Euclidean distance over all latent dimensions; of classes with equally many neighbours the first counts; samples
    of unknown class (-1) are left out; fewer training samples than ``neighbours`` are all neighbours.

    Parameters
    ----------
    train_codes, codes
        ``(n, latent_dim)`` and ``(m, latent_dim)``.
    train_labels, labels
        ``(n,)`` and ``(m,)`` class indices.
    """
    known, tested = train_labels >= 0, labels >= 0
    classifier = KNeighborsClassifier(n_neighbors=min(neighbours, int(known.sum())))
    classifier.fit(train_codes[known], train_labels[known])
    return float(np.mean(classifier.predict(codes[tested]) == labels[tested]))


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))


def _posterior(embedding: Embedding, part: slice, model: LatentModel) -> Posterior:
    mean = _tensor(embedding.mean[part], model)
    return Posterior(mean, None if embedding.log_variance is None else _tensor(embedding.log_variance[part], model))


def _tensor(values: NDArray[np.floating], model: LatentModel) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32)).to(model.device)


def _double(values: Tensor) -> Tensor:
    """Give float64 on the CPU: not every accelerator has it."""
    return values.cpu().double()


def _double_tensor(values: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(values.astype(np.float64))
