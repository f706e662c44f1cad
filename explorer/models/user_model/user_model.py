"""A model of the user's own as a `LatentModel`: functions with numpy in and out, capabilities from what is given."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass as setting_class
from torch import Generator, Tensor

from explorer.config import STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import Description, Transform
from explorer.models.catalog import Family
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Likelihood, Losses, NotDefined, Posterior
from explorer.models.likelihoods import Bernoulli, Gaussian
from explorer.models.priors import StandardNormal
from explorer.models.terms import Term
from explorer.models.user_model.user_functions import OwnFunctions

ROUNDING = 1e-3
"""How far beyond its range a decode may lie, in shares of the range, and still be taken for a probability."""

LikelihoodName = Literal["none", "gaussian", "bernoulli"]
"""What p(x|z) is: "none" where the decode is all there is."""

MAX_DIMENSIONS = 4096
NOT_TRAINED = "a model of your own is trained by your own program"
UNKNOWN_SAMPLE = "only the codes of the given samples are known, as no encode was given: no other sample has one"
POINT = "your decode gives one sample for each z, with no distribution around it"


@setting_class(frozen=True, kw_only=True, config=STRICT)
class ForeignConfig(ModelConfig):
    """What is known of a model of the user's own; its codes may be wider than those that the program trains."""

    family: ClassVar[str] = "your own"

    latent_dim: int = setting(2, "Latent dim", "How many numbers a code has.", ge=1, le=MAX_DIMENSIONS)


@dataclass(frozen=True)
class SampleLayout:
    """How the user's functions have one sample, and how the program has it.

    ``own`` is the user's shape of one sample, ``shown`` the program's: (C, H, W) or (F,). ``dtype`` is the user's type.
    """

    own: tuple[int, ...]
    shown: tuple[int, ...]
    channels_last: bool
    dtype: np.dtype[Any]

    def to_own(self, samples: NDArray[np.float32]) -> NDArray[Any]:
        """Return ``(n, *shown)`` in the samples' units as the user's functions take them."""
        turned = samples.transpose(0, 2, 3, 1) if self.channels_last else samples
        if self.dtype.kind in "bui":
            high = 1 if self.dtype.kind == "b" else np.iinfo(self.dtype).max
            low = 0 if self.dtype.kind == "b" else np.iinfo(self.dtype).min
            turned = np.rint(turned).clip(low, high)
        return np.ascontiguousarray(turned.reshape(len(samples), *self.own)).astype(self.dtype, copy=False)

    def to_shown(self, decoded: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return decodes ``(n, ...)``, flat or in a sample's shape, as ``(n, *shown)``.

        Raises
        ------
        ConfigError
            Where a decode has another number of values than a sample.
        """
        if decoded[0].size != np.prod(self.shown):
            raise ConfigError(
                f"decode gives shape {decoded.shape[1:]} for one code, but one sample has shape {self.own}"
            )
        if self.channels_last and decoded.shape[1:] != self.shown:
            channels, height, width = self.shown
            return np.ascontiguousarray(decoded.reshape(-1, height, width, channels).transpose(0, 3, 1, 2))
        return np.ascontiguousarray(decoded.reshape(-1, *self.shown))


@dataclass(frozen=True)
class PointDecode:
    """A decode that is all of p(x|z); its cost is that of a Gaussian of σ = 1 around it, so that it has a unit."""

    mean: Tensor

    def sample(self, generator: Generator) -> Tensor:
        """Raise: there is nothing to draw."""
        raise NotDefined(POINT)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return −½ Σ (x − mean)² − ½ F log 2π in nats, (batch,), of model values."""
        return Gaussian(self.mean, 1.0).log_prob(x)


class KnownCodes:
    """The codes of samples, found again by the samples' own values.

    Parameters
    ----------
    inputs
        ``(N, *shape)`` the samples as a model sees them.
    mean, log_variance
        ``(N, latent_dim)``; the latter may be None.
    """

    def __init__(
        self, inputs: NDArray[np.float32], mean: NDArray[np.float32], log_variance: NDArray[np.float32] | None
    ) -> None:
        self.mean, self.log_variance = mean, log_variance
        self._rows: dict[bytes, int] = {}
        self.shared = 0
        for row, each in enumerate(inputs):
            first = self._rows.setdefault(_digest(each), row)
            self.shared += bool(first != row and not np.array_equal(mean[first], mean[row]))

    def find(self, inputs: NDArray[np.float32]) -> Posterior:
        """Return the codes of some of the samples; equal samples share the first one's.

        Raises
        ------
        NotDefined
            For another sample.
        """
        rows = [self._rows.get(_digest(each)) for each in inputs]
        known = [row for row in rows if row is not None]
        if len(known) != len(rows):
            raise NotDefined(UNKNOWN_SAMPLE)
        spread = None if self.log_variance is None else torch.from_numpy(self.log_variance[known])
        return Posterior(torch.from_numpy(self.mean[known]), spread)


class ForeignModel(LatentModel):
    """The user's functions, given samples in their own units and layout.

    Parameters
    ----------
    transform
        Between samples in their units and model values, which the program computes with.
    codes
        In place of an encoder.
    stochastic
        Whether encode gives (mean, log σ²).
    """

    terms: ClassVar[tuple[Term, ...]] = ()

    def __init__(
        self,
        config: ForeignConfig,
        functions: OwnFunctions,
        layout: SampleLayout,
        transform: Transform,
        *,
        codes: KnownCodes | None = None,
        stochastic: bool = False,
        likelihood: LikelihoodName = "none",
    ) -> None:
        super().__init__()
        self.config: ForeignConfig = config
        self._functions, self._layout, self._transform = functions, layout, transform
        self._codes, self._likelihood = codes, likelihood
        self.capabilities = capabilities_of(functions, codes is not None, stochastic=stochastic, likelihood=likelihood)

    @property
    def device(self) -> torch.device:
        """The CPU, wherever the user's own weights are."""
        return torch.device("cpu")

    @property
    def prior(self) -> StandardNormal | None:
        """The standard normal, where the posterior is stochastic or there is no encoder at all."""
        return StandardNormal(self.latent_dim) if self.capabilities.prior else None

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return what the user's encode gives of (batch, *shape) model values, or the codes that were given.

        Raises
        ------
        NotDefined
            Where there is neither, and for samples that no code was given of.
        ConfigError
            Where encode gives anything else than (batch, latent_dim) finite numbers.
        """
        inputs = np.ascontiguousarray(x.numpy(), np.float32)
        if self._codes is not None:
            return self._codes.find(inputs)
        if self._functions.encode is None:
            raise NotDefined(
                "no encode was given: your decode makes samples from z, and nothing finds a z for a sample"
            )
        samples = self._transform.invert(inputs)
        parts = self._functions.encode(self._layout.to_own(samples))
        if not self.capabilities.stochastic_posterior:
            parts = parts[:1]
        elif len(parts) < 2:
            raise ConfigError("encode gives one array; it gave the pair (mean, log_variance) at first")
        mean, spread = (*(as_codes(part, "encode", self.latent_dim) for part in parts), None)[:2]
        return Posterior(torch.from_numpy(mean), None if spread is None else torch.from_numpy(spread))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return what the user's decode gives of codes (batch, latent_dim).

        Raises
        ------
        ConfigError
            Where it gives samples of another size, or numbers that are not finite.
        """
        decoded = self._functions.decode(np.ascontiguousarray(z.numpy(), np.float32))[0]
        shown = self._layout.to_shown(decoded)
        check_finite(shown, "decode")
        mean = torch.from_numpy(self._transform.apply(shown))
        if self._likelihood == "bernoulli":
            low, high = mean.aminmax()
            if low < -ROUNDING or high > 1 + ROUNDING:
                raise ConfigError(
                    "likelihood = bernoulli needs decodes within the samples' range; decode gives "
                    f"{shown.min():.4g} to {shown.max():.4g}: end it with a sigmoid, or choose gaussian"
                )
            return Bernoulli(torch.logit(mean, eps=1e-6))
        return Gaussian(mean, 1.0) if self._likelihood == "gaussian" else PointDecode(mean)

    def losses(self, batch: Batch) -> Losses:
        """Raise: the program does not train it."""
        raise NotDefined(NOT_TRAINED)

    def observe(self) -> Mapping[str, float]:
        """Return nothing: nothing is known of its weights."""
        return {}


def capabilities_of(
    functions: OwnFunctions, has_codes: bool, *, stochastic: bool, likelihood: LikelihoodName
) -> Capabilities:
    """Return what a model defines, from what was given of it."""
    encoder = functions.encode is not None or has_codes
    return Capabilities(
        encoder=encoder,
        prior=stochastic or not encoder,
        stochastic_posterior=stochastic,
        differentiable=False,
        density=likelihood != "none",
    )


def as_codes(values: NDArray[Any], name: str, latent_dim: int | None = None) -> NDArray[np.float32]:
    """Return codes (n, latent_dim) float32.

    Raises
    ------
    ConfigError
        For another shape, and numbers that are not finite.
    """
    wanted = "latent_dim" if latent_dim is None else latent_dim
    if values.ndim != 2 or values.shape[1] != (latent_dim or values.shape[1]) or values.shape[1] == 0:
        raise ConfigError(f"{name} gives shape {values.shape}; codes have shape (n, {wanted})")
    check_finite(values, name)
    return np.ascontiguousarray(values, np.float32)


def check_finite(values: NDArray[Any], name: str) -> None:
    """Refuse NaN and infinity.

    Raises
    ------
    ConfigError
        Naming the function that gave them.
    """
    if not np.isfinite(values).all():
        raise ConfigError(f"{name} gives NaN or infinity for {_bad_rows(values)} of {len(values)} rows")


def _bad_rows(values: NDArray[Any]) -> int:
    return int((~np.isfinite(values).reshape(len(values), -1).all(axis=1)).sum())


def _digest(values: NDArray[np.float32]) -> bytes:
    return hashlib.blake2b(values.tobytes(), digest_size=16).digest()


def _refuse(config: ModelConfig, description: Description) -> ModelConfig:
    raise ConfigError(NOT_TRAINED)


FOREIGN = Family(
    name=ForeignConfig.family,
    title="Your own model",
    short_title="your own",
    summary="Functions that a program of yours gave to explorer.explore.",
    config_type=ForeignConfig,
    model_type=ForeignModel,
    resolve=_refuse,
)
"""What is said of it; it is no entry of the catalogue, as nothing can be trained or opened by this name."""
