"""Encodes an input of the user: its posterior and reconstruction, the nearest codes, and how unusual it is.

An input is unusual if its reconstruction error is higher than that of nearly all samples that the model was not trained
on: those of the test split, whose errors are computed once per model.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset, Description
from explorer.data.own_input.fitting import FittedInput
from explorer.latent.codes.embedding import embed_in_chunks
from explorer.latent.codes.training_codes import TrainingCodes, training_codes
from explorer.latent.inputs import in_double
from explorer.latent.once import Once
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel, NotDefined, Posterior
from explorer.models.priors import ClosedFormKl

NEAREST = 15
"""Number of nearest codes, whose most frequent class is that of the input."""
MAX_COMPARED = 2_000
"""Maximum number of samples whose reconstruction errors are compared."""
CHUNK = 64
SEED = 0
KL_DRAWS = 1_000
"""Draws of q(z|x) for a KL without a closed form."""
UNUSUAL, VERY_UNUSUAL = 0.95, 0.99
"""Shares of the compared samples with a lower error from which on an input is unusual."""


@dataclass(frozen=True, eq=False)
class Error:
    """The reconstruction error −log p(x|z) at the mean of q(z|x), beside those of other samples.

    Attributes
    ----------
    nats
        That of the input.
    percentile
        The share of the compared samples with a lower error, 0 to 1; None if there are none to compare with.
    compared, split
        Number of compared samples, and the split that they are from.
    median
        Their median error in nats.
    """

    nats: float
    percentile: float | None = None
    compared: int = 0
    split: str = ""
    median: float | None = None

    @property
    def is_unusual(self) -> bool:
        """Whether nearly all compared samples have a lower error."""
        return self.percentile is not None and self.percentile >= UNUSUAL

    @property
    def text(self) -> str:
        """One sentence, such as "reconstruction error 140.2 nats, higher than that of 97 % of 2,000 test samples"."""
        head = f"reconstruction error {self.nats:.4g} nats"
        if self.percentile is None:
            return head
        share = f"{100 * self.percentile:.0f} % of {self.compared:,} {self.split} samples"
        compared = f"{head}, higher than that of {share}"
        if not self.is_unusual:
            return compared
        return f"{compared}: {'very unusual' if self.percentile >= VERY_UNUSUAL else 'unusual'}"


@dataclass(frozen=True, eq=False)
class NearCodes:
    """The training samples whose mean codes are nearest to that of the input, nearest first.

    Attributes
    ----------
    index, labels, distances
        ``(k,)``: indices in the data set, classes (-1 for unknown), Euclidean distances in latent units.
    label
        The most frequent class of them, the nearest one of equals; -1 without classes.
    votes
        The number of these codes that have this class.
    is_near
        Whether the nearest code is within the distance that 95 % of the codes have to their nearest neighbour.
    """

    index: NDArray[np.int64]
    labels: NDArray[np.int64]
    distances: NDArray[np.float64]
    label: int
    votes: int
    is_near: bool


@dataclass(frozen=True, eq=False)
class EncodedInput:
    """An encoded input.

    Attributes
    ----------
    fitted
        The input as a sample, with the steps that led to it.
    mean, log_variance, scale_tril
        The posterior: ``(latent_dim,)`` twice, and the lower triangular L of a full covariance; the latter two None for
        a model without them.
    reconstruction
        The decode of the mean, ``(*shape)`` in the units of the samples.
    difference
        Reconstruction minus input in model values, ``(*shape)``.
    error
        `Absent` if the model defines no p(x|z) of samples.
    kl, kl_error, kl_per_dimension
        KL(q(z|x) ‖ p(z)) in nats, its standard error if it is estimated from draws (0 in closed form), and its parts
        ``(latent_dim,)``.
    near
        `Absent` without training codes.
    """

    fitted: FittedInput
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None
    scale_tril: NDArray[np.float32] | None
    reconstruction: NDArray[np.float32]
    difference: NDArray[np.float32]
    error: Error | Absent
    kl: float | Absent
    kl_error: float
    kl_per_dimension: NDArray[np.float64] | Absent
    near: NearCodes | Absent


def encode_input(
    model: LatentModel,
    description: Description,
    dataset: Dataset | None,
    fitted: FittedInput,
    condition: int | None = None,
) -> Steps[EncodedInput | Absent]:
    """Encode an input; yields None after each chunk.

    Parameters
    ----------
    dataset
        The data of the model, for the comparison with its samples; None if it is not loaded.
    condition
        The class of the input for a conditional model, or None for unknown.
    """
    if not model.capabilities.encoder:
        return Absent("the model has no encoder, so an input has no code")
    yield
    x = description.transform.apply(fitted.sample[None])
    posterior, decoded, nats = _encoded(model, dataset, x, condition)
    yield
    mean = posterior.mean[0].cpu().numpy()
    kl, kl_error, parts = _kl(model, posterior)
    # Errors and codes of the samples are computed once per model; the first input waits for them.
    error = nats if isinstance(nats, Absent) else (yield from _compared(model, dataset, nats))
    training = yield from training_codes(model, dataset)
    near = training if isinstance(training, Absent) else (yield from _near(training, mean))
    return EncodedInput(
        fitted,
        mean,
        None if posterior.log_variance is None else posterior.log_variance[0].cpu().numpy(),
        None if posterior.scale_tril is None else posterior.scale_tril[0].cpu().numpy(),
        description.transform.invert(decoded)[0],
        (decoded - x)[0],
        error,
        kl,
        kl_error,
        parts,
        near,
    )


@torch.inference_mode()
def _encoded(
    model: LatentModel, dataset: Dataset | None, x: NDArray[np.float32], condition: int | None
) -> tuple[Posterior, NDArray[np.float32], float | Absent]:
    """Return the posterior of model values ``(1, *shape)``, the decode of its mean, and −log p(x|z) there."""
    given = torch.from_numpy(x).to(model.device)
    classes = _classes(model, condition)
    posterior = model.encode(given, classes)
    likelihood = model.decode(posterior.mean, classes)
    return posterior, likelihood.mean.cpu().numpy(), _nats(model, dataset, likelihood, given)


def _classes(model: LatentModel, condition: int | None) -> torch.Tensor | None:
    if not model.capabilities.condition or condition is None:
        return None
    return torch.tensor([condition], device=model.device)


def _nats(model: LatentModel, dataset: Dataset | None, likelihood: object, x: torch.Tensor) -> float | Absent:
    # This decoder's −log p(x|z) is that of a target, which does not measure the reconstruction of the input.
    if type(model).takes_words or (dataset is not None and dataset.targets is not None):
        return Absent("the decoder predicts a target, not the sample itself")
    try:
        found = float(-likelihood.log_prob(x)[0])  # type: ignore[attr-defined]
    except NotDefined as lack:
        return Absent(str(lack))
    return found if np.isfinite(found) else Absent("p(x|z) is 0 at the input, or not a finite number")


@torch.inference_mode()
def _kl(model: LatentModel, posterior: Posterior) -> tuple[float | Absent, float, NDArray[np.float64] | Absent]:
    """Return the KL in nats, its standard error, and its parts; over fixed draws if it has no closed form."""
    prior = model.prior
    if prior is None or posterior.log_variance is None:
        lack = Absent("the model has no prior" if prior is None else "the encoder returns a point, not a distribution")
        return lack, 0.0, lack
    # In float64, as in the ELBO of the figures.
    if isinstance(prior, ClosedFormKl):
        parts = prior.kl_per_dimension(in_double(posterior))[0].numpy()
        return float(parts.sum()), 0.0, parts
    noise = np.random.default_rng(SEED).standard_normal((KL_DRAWS, model.latent_dim)).astype(np.float32)
    # All draws are of the one posterior, repeated.
    many = posterior.rows(torch.zeros(KL_DRAWS, dtype=torch.int64, device=posterior.mean.device))
    z = many.sample(torch.from_numpy(noise).to(posterior.mean.device))
    ratios = (many.log_prob(z) - prior.log_prob(z)).cpu().double().numpy()
    whole = Absent("this prior has no closed form of the KL, so it has no parts by dimension")
    return float(ratios.mean()), float(ratios.std(ddof=1) / KL_DRAWS**0.5), whole


_errors: Once[NDArray[np.float32]] = Once()


def _compared(model: LatentModel, dataset: Dataset | None, nats: float) -> Steps[Error]:
    """Compare an error with those of the test split, or of the validation split if there is no test split."""
    known = dataset
    if known is None:
        return Error(nats)
    # Errors on training samples would be too low to compare with.
    split = next((name for name in ("test", "validation") if len(known.splits.named(name))), "")
    if not split:
        return Error(nats)
    key = (known.description.fingerprint, split)
    errors = yield from _errors.get(model, key, lambda: _errors_of(model, known, split))
    if not len(errors):
        return Error(nats)
    return Error(nats, float((errors < nats).mean()), len(errors), split, float(np.median(errors)))


def _errors_of(model: LatentModel, dataset: Dataset, split: str) -> Steps[NDArray[np.float32]]:
    """Return the finite errors of the samples of a split, at most 2,000 that a fixed seed chooses."""
    index = dataset.splits.named(split)
    if len(index) > MAX_COMPARED:
        index = np.sort(np.random.default_rng(SEED).choice(index, MAX_COMPARED, replace=False))
    embedding = yield from embed_in_chunks(model, dataset, index, reconstruct=True, chunk=CHUNK)
    assert embedding.reconstruction is not None
    return embedding.reconstruction[np.isfinite(embedding.reconstruction)]


def _near(training: TrainingCodes, z: NDArray[np.float32]) -> Steps[NearCodes | Absent]:
    if not np.isfinite(z).all():
        return Absent("the code of the input is not finite")
    if not len(training.neighbours):
        return Absent("no code of a training sample is finite")
    yield from training.neighbours.measure()
    rows, distances = training.neighbours.nearest_rows(z, NEAREST)
    labels = training.labels[rows]
    known = labels[labels >= 0]
    # Neighbours of unknown class do not vote.
    counts = np.bincount(known) if len(known) else np.zeros(0, np.int64)
    # Of classes with as many votes, that of the nearest code.
    label = next((int(one) for one in known if counts[one] == counts.max()), -1)
    votes = int(counts[label]) if label >= 0 else 0
    is_near = bool(distances[0] <= training.neighbours.typical_distance)
    return NearCodes(training.index[rows], labels, distances, label, votes, is_near)
