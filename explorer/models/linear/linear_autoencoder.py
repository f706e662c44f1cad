"""The linear autoencoder: one matrix encodes, one decodes; gradient descent converges to the plane of PCA.

With squared error that plane is the only minimum (Baldi and Hornik 1989, doi 10.1016/0893-6080(89)90014-2). The columns
of the decoder need not be PCA's directions, nor orthogonal. `parts_by_settings` finds the same for other autoencoders
whose settings leave no nonlinearity.
"""

import math
from collections import abc
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn

from explorer.config import STRICT, ModelConfig, setting
from explorer.data.dataset import Dataset, Description
from explorer.models.autoencoders.autoencoder import PlainAutoencoder
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.layers import Transposed
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.linear.linear_fit import Directions, check_rows, principal_directions, spectrum_size, training_rows
from explorer.models.linear.linear_projection import LinearConfig, resolve_linear
from explorer.models.linear_parts import ANGLE, EXCESS, LinearParts
from explorer.models.networks import NetworkConfig

KNOWN_DIRECTIONS = 64
"""Minimum number of directions of the samples' covariance to store; the variance in all others is taken to be equal."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LinearAutoencoderConfig(LinearConfig):
    """The settings of a linear autoencoder."""

    tied: bool = setting(
        False, "Tied weights", "The decoder uses the transposed matrix of the encoder and has only a bias of its own."
    )


@register(
    "linear-ae",
    title="Linear autoencoder",
    short_title="linear AE",
    summary="One matrix encodes, one decodes; trained by gradient descent, it converges to the plane of PCA.",
    config=LinearAutoencoderConfig,
    resolve=resolve_linear,
    train={"learning_rate": 2e-2, "learning_rate_schedule": "cosine"},
    epochs=150,
    group="Linear",
    place=2,
)
class LinearAutoencoder(LatentModel):
    """A linear autoencoder with a Gaussian likelihood, and PCA of the same samples for comparison.

    Attributes
    ----------
    mean
        ``(F,)``: mean of the training samples, subtracted before encoding and added after decoding, so that gradient
        descent does not have to learn it.
    principal
        ``(K, F)``: orthonormal principal components of the samples; the first ``latent_dim`` span PCA's plane.
    variances
        ``(K,)``: variances along them, with n in the denominator.
    total
        The variance over all directions.
    exact
        Whether the components are exact, and not those of a randomized solver.
    """

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    mean: Tensor
    principal: Tensor
    variances: Tensor
    total: Tensor
    exact: Tensor

    def __init__(self, config: LinearAutoencoderConfig, description: Description) -> None:
        super().__init__()
        self.config: LinearAutoencoderConfig = config
        self.shape = description.shape
        features = description.features
        self.encoder = nn.Linear(features, config.latent_dim)
        self.decoder = Transposed(self.encoder) if config.tied else nn.Linear(config.latent_dim, features)
        # The size must follow from the config alone, as buffers are allocated before the data is known.
        count = min(features, max(KNOWN_DIRECTIONS, spectrum_size(config.latent_dim, features)))
        self.register_buffer("mean", torch.empty(features))
        self.register_buffer("principal", torch.empty(count, features))
        self.register_buffer("variances", torch.empty(count, dtype=torch.float64))
        self.register_buffer("total", torch.empty((), dtype=torch.float64))
        self.register_buffer("exact", torch.empty((), dtype=torch.bool))

    def initialise(self, generator: Generator) -> None:
        """Set the buffers of PCA to zero; the layers initialise their own weights."""
        for buffer in (self.mean, self.principal, self.variances, self.total, self.exact):
            buffer.zero_()

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise ConfigError if there are fewer samples than latent dimensions, or all samples are equal."""
        check_rows(dataset, index, config.latent_dim)

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Compute mean and principal components of the training samples.

        Raises
        ------
        ConfigError
            If there are fewer samples than latent dimensions, or all samples are equal.
        """
        found = principal_directions(training_rows(dataset, index, self.latent_dim), len(self.principal))
        self.mean.copy_(torch.from_numpy(found.mean))
        self.principal.copy_(torch.from_numpy(found.rows))
        self.variances.copy_(torch.from_numpy(found.variances))
        self.total.fill_(found.total)
        self.exact.fill_(found.exact)

    @property
    def components(self) -> Tensor:
        """The columns of the decoder as rows, ``(latent_dim, F)``: what one unit of each latent dimension adds."""
        return self.decoder.weight.T

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the codes of a batch (batch, *shape) as a posterior without variance."""
        return Posterior(self.encoder(x.flatten(1) - self.mean).to(x.dtype))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) for codes (batch, latent_dim): a Gaussian around a point in the decoder's plane."""
        return Gaussian((self.decoder(z).to(z.dtype) + self.mean).reshape(-1, *self.shape), self.config.sigma)

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction loss in nats per sample."""
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(reconstruction, {"reconstruction": reconstruction})

    @torch.no_grad()
    def observe(self) -> Mapping[str, float]:
        """Return the angle to PCA's plane, and the excess of the squared error over PCA's in percent.

        The error is exact for samples with at most `KNOWN_DIRECTIONS` values. For larger samples the variance outside
        the stored directions is taken to be equal in all of them. If PCA has no error, there is no excess.
        """
        figures = {ANGLE: angle(self.components, self.principal[: self.latent_dim])}
        minimum = float(self.total - self.variances[: self.latent_dim].sum())
        if minimum > 1e-9 * float(self.total):
            figures[EXCESS] = 100 * (self._squared_error() / minimum - 1)
        return figures

    @torch.no_grad()
    def linear_parts(self) -> LinearParts:
        """Return the columns of the decoder, with PCA's directions for comparison."""
        total, reference = float(self.total), self.principal[: self.latent_dim]
        variances = self.variances[: spectrum_size(self.latent_dim, self.mean.numel())]
        decoded_zero = self.decode(self.mean.new_zeros(1, self.latent_dim)).mean[0]
        return LinearParts(
            components=self.components.reshape(-1, *self.shape).cpu().numpy(),
            explained_variance_ratio=(variances / total).cpu().numpy(),
            share_of="variance",
            kept=1 - self._squared_error() / total,
            exact=bool(self.exact),
            mean=decoded_zero.cpu().numpy(),
            reference=reference.reshape(-1, *self.shape).cpu().numpy(),
            angle=angle(self.components, reference),
        )

    def _squared_error(self) -> float:
        """Return the squared error of the training samples, summed over features and averaged over samples.

        For x − m → W(x − m) + b → V(…) + c and the covariance C of the samples, it is
        tr C − 2 tr(W C V) + tr(VᵀV W C Wᵀ) + |V b + c|², so that no sample is needed.
        """
        encoder, decoder = self.encoder.weight.double(), self.components.T.double()  # W (k, F), V (F, k)
        known = self.principal.double()  # (K, F)
        unknown = known.shape[1] - len(known)
        rest = (self.total - self.variances.sum()).clamp(min=0) / unknown if unknown else self.total.new_zeros(())
        projected = encoder @ known.T  # (k, K)
        # C = knownᵀ diag(variances − rest) known + rest · I
        encoder_covariance = (projected * (self.variances - rest)) @ known + rest * encoder  # W C, (k, F)
        crossed = (encoder_covariance.T * decoder).sum()
        squared = ((decoder.T @ decoder) * (encoder_covariance @ encoder.T)).sum()
        shift = decoder @ self.encoder.bias.double() + self.decoder.bias.double()  # V b + c, (F,)
        return float(self.total - 2 * crossed + squared + shift.square().sum())


def angle(one: Tensor, other: Tensor) -> float:
    """Return the largest principal angle between the spans of two sets of rows (k, F), in degrees.

    Björck and Golub 1973, as implemented in scipy.
    """
    from scipy.linalg import subspace_angles

    rows = (part.detach().cpu().double().numpy().T for part in (one, other))
    return math.degrees(float(subspace_angles(*rows).max()))


# Autoencoders that are linear by their settings. They do not store the principal components of their training samples,
# as the linear families do, so their components are computed from the samples.

ROWS_AT_ONCE = 1024


def is_linear_by_settings(config: ModelConfig, model_type: type[LatentModel]) -> bool:
    """Return whether an autoencoder of these settings is a linear map with offsets, from x to the mean of p(x|z)."""
    return _is_plain(config, model_type) and not why_not_linear(config, model_type)


def why_not_linear(config: ModelConfig, model_type: type[LatentModel]) -> str:
    """Return what makes a model nonlinear; "" for an autoencoder that is linear by its settings."""
    if not _is_plain(config, model_type):
        return f"its model, {config.family}, is neither linear nor has a mixture prior"
    assert isinstance(config, NetworkConfig)
    if config.network == "layers":
        return (
            "its layers are listed one by one; the layers of model.network = dense are linear with activation identity"
        )
    for name in ("activation", "code_activation"):
        if (value := getattr(config, name)) != "identity":
            return f"its layers are not linear (model.{name} = {value}); with identity they would be"
    if not config.likelihood.startswith("gaussian"):
        follows = "a sigmoid follows them" if "bernoulli" in config.likelihood else "the mean of p(x|z) is not linear"
        return (
            f"its layers are linear, but with model.likelihood = {config.likelihood} {follows}; "
            "with gaussian the decode is linear in z"
        )
    return ""


def _is_plain(config: ModelConfig, model_type: type[LatentModel]) -> bool:
    # Families that encode or decode otherwise, such as by the k largest units, are not linear with any activation.
    same = model_type.encode is PlainAutoencoder.encode and model_type.decode is PlainAutoencoder.decode
    return isinstance(config, NetworkConfig) and same


def parts_by_settings(model: LatentModel, dataset: Dataset) -> abc.Generator[None, None, LinearParts]:
    """Find the components of an autoencoder that is linear by its settings, with those of PCA for comparison.

    It yields after the PCA and after each chunk of samples, so that a worker can answer other questions in between.

    Parameters
    ----------
    dataset
        The data of the run; PCA and the share that is kept are those of its training split.

    Raises
    ------
    ConfigError
        If there are fewer training samples than latent dimensions, or all are equal.
    """
    latent_dim, index = model.config.latent_dim, dataset.splits.train
    found = _principal(dataset, index, latent_dim)
    yield
    error = yield from _squared_error(model, dataset, index)
    with torch.no_grad():
        decodes = model.decode(torch.eye(latent_dim + 1, latent_dim, device=model.device)).mean
    # The last row of the matrix is z = 0; the others are one unit along each dimension.
    components = (decodes[:-1] - decodes[-1:]).flatten(1)
    reference = torch.from_numpy(found.rows[:latent_dim]).to(components)
    shape = decodes.shape[1:]
    return LinearParts(
        components=_array(components.reshape(-1, *shape)),
        explained_variance_ratio=found.shares,
        share_of="variance",
        kept=1 - error / found.total,
        exact=found.exact,
        mean=_array(decodes[-1]),
        reference=_array(reference.reshape(-1, *shape)),
        angle=angle(components, reference),
    )


def _principal(dataset: Dataset, index: NDArray[np.int64], latent_dim: int) -> Directions:
    """Return the principal components of the training samples; those of the last data set are kept.

    While a run trains, its components are asked for again at newer weights, but the samples stay the same.
    """
    key = dataset.description.fingerprint, hash(index.tobytes()), latent_dim
    if key not in _KEPT:
        rows = training_rows(dataset, index, latent_dim)
        _KEPT.clear()
        _KEPT[key] = principal_directions(rows, spectrum_size(latent_dim, rows.shape[1]))
    return _KEPT[key]


_KEPT: dict[tuple[str, int, int], Directions] = {}


def _squared_error(model: LatentModel, dataset: Dataset, index: NDArray[np.int64]) -> abc.Generator[None, None, float]:
    """Return the squared error of the samples, summed over features and averaged over samples."""
    total = 0.0
    for start in range(0, len(index), ROWS_AT_ONCE):
        x = torch.from_numpy(dataset.model_inputs(index[start : start + ROWS_AT_ONCE])).to(model.device)
        with torch.no_grad():
            total += float((model.decode(model.encode(x).mean).mean - x).double().square().sum())
        yield
    return total / len(index)


def _array(values: Tensor) -> NDArray[np.float32]:
    return values.float().cpu().numpy()
