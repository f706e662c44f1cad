"""Wraps a user's functions as a `LatentModel`; its capabilities follow from which functions are given.

1. The program computes with model values and shapes (C, H, W) or (F,); the user's functions take samples in their own
   units, layout and dtype. `SampleLayout` and the transform convert between the two.
2. `UserModel.encode` converts a batch to the user's form, calls their encode, and checks that the result are finite
   codes. If codes were given instead of an encoder, `KnownCodes` finds those of a sample by its values.
3. `UserModel.decode` calls their decode, converts the result, and returns it as p(x|z).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass as setting_class
from torch import Generator, Tensor

from explorer.config import STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.models.catalog import Family
from explorer.models.latent_model import (
    NO_DECODER,
    ROWS_AT_ONCE,
    Batch,
    Capabilities,
    LatentModel,
    Losses,
    NotDefined,
    Posterior,
)
from explorer.models.likelihoods.bernoulli import Bernoulli
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.priors import StandardNormal
from explorer.models.terms import Term
from explorer.models.user_model.known_codes import KnownCodes, as_codes, check_finite
from explorer.models.user_model.user_functions import UserFunctions

ROUNDING = 1e-3
"""How far a decode may exceed its range, as a share of the range, and still be used as a probability."""

UserLikelihood = Literal["none", "gaussian", "bernoulli"]
"""The distribution p(x|z) around a decode; "none" for a decode without a distribution."""

MAX_DIMENSIONS = 4096
"""Maximum latent dimension of a user's model."""
NOT_TRAINED = "a model of your own is trained by your own program"
POINT = "your decode returns one sample for each z, with no distribution around it"


@setting_class(frozen=True, kw_only=True, config=STRICT)
class UserModelConfig(ModelConfig):
    """The config of a user's model, whose codes may be wider than those of built-in families."""

    family: ClassVar[str] = "your own"

    latent_dim: int = setting(2, "Latent dimensions", "Number of latent dimensions.", ge=1, le=MAX_DIMENSIONS)


@dataclass(frozen=True)
class SampleLayout:
    """The layout of one sample in the user's functions and in the program.

    Attributes
    ----------
    own, dtype
        Shape and dtype of one sample in the user's functions.
    shown
        Its shape in the program: (C, H, W) or (F,).
    channels_last
        Whether the user's functions take (H, W, C).
    """

    own: tuple[int, ...]
    shown: tuple[int, ...]
    channels_last: bool
    dtype: np.dtype[Any]

    def to_own(self, samples: NDArray[np.float32]) -> NDArray[Any]:
        """Convert samples ``(n, *shown)`` in their own units to the layout and dtype of the user's functions."""
        turned = samples.transpose(0, 2, 3, 1) if self.channels_last else samples  # (n, H, W, C), or unchanged
        if self.dtype.kind in "bui":
            high = 1 if self.dtype.kind == "b" else np.iinfo(self.dtype).max
            low = 0 if self.dtype.kind == "b" else np.iinfo(self.dtype).min
            turned = np.rint(turned).clip(low, high)
        return np.ascontiguousarray(turned.reshape(len(samples), *self.own)).astype(self.dtype, copy=False)

    def to_shown(self, decoded: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert decodes ``(n, ...)``, flat or in the shape of a sample, to ``(n, *shown)``.

        Raises
        ------
        ConfigError
            If a decode has another number of values than a sample.
        """
        if decoded[0].size != np.prod(self.shown):
            raise ConfigError(
                f"decode returns shape {decoded.shape[1:]} for one code, but one sample has shape {self.own}"
            )
        if self.channels_last and decoded.shape[1:] != self.shown:
            channels, height, width = self.shown
            return np.ascontiguousarray(decoded.reshape(-1, height, width, channels).transpose(0, 3, 1, 2))
        return np.ascontiguousarray(decoded.reshape(-1, *self.shown))


@dataclass(frozen=True)
class PointDecode:
    """A decode without a distribution; its loss is that of a Gaussian with σ = 1, so that it is in nats."""

    mean: Tensor

    def sample(self, generator: Generator) -> Tensor:
        """Raise `NotDefined`: there is nothing to draw from."""
        raise NotDefined(POINT)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return −½ Σ (x − mean)² − ½ F log 2π in nats, (batch,), for model values x."""
        return Gaussian(self.mean, 1.0).log_prob(x)


class UserModel(LatentModel):
    """A user's functions as a `LatentModel`.

    Parameters
    ----------
    transform
        Converts samples in their own units to model values.
    codes
        Codes given instead of an encoder.
    stochastic
        Whether encode returns (mean, log σ²).
    code_shape
        Shape of a code in the user's functions; the program's codes are flat.
    rows_at_once
        See `LatentModel.rows_at_once`.
    """

    terms: ClassVar[tuple[Term, ...]] = ()

    def __init__(
        self,
        config: UserModelConfig,
        functions: UserFunctions,
        layout: SampleLayout,
        transform: Transform,
        *,
        codes: KnownCodes | None = None,
        stochastic: bool = False,
        code_shape: tuple[int, ...] = (),
        likelihood: UserLikelihood = "none",
        rows_at_once: int = ROWS_AT_ONCE,
    ) -> None:
        super().__init__()
        self.config: UserModelConfig = config
        self._functions, self._layout, self._transform = functions, layout, transform
        self._codes, self._likelihood = codes, likelihood
        self._code_shape, self._rows_at_once = code_shape, rows_at_once
        self.capabilities = capabilities_of(functions, codes is not None, stochastic=stochastic, likelihood=likelihood)

    @property
    def device(self) -> torch.device:
        """The CPU, wherever the user's weights are."""
        return torch.device("cpu")

    @property
    def prior(self) -> StandardNormal | None:
        """The standard normal if the posterior is stochastic or there is no encoder, else None."""
        return StandardNormal(self.latent_dim) if self.capabilities.prior else None

    @property
    def rows_at_once(self) -> int:
        """How many samples the user's encode takes at once."""
        return self._rows_at_once

    @property
    def latent_shape(self) -> tuple[int, int, int] | None:
        """The shape (C, h, w) of a code of maps of more than one value; None for other codes."""
        if len(self._code_shape) != 3 or self._code_shape[1] * self._code_shape[2] == 1:
            return None
        channels, height, width = self._code_shape
        return channels, height, width

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the codes of model values (batch, *shape), from the user's encode or from the given codes.

        Raises
        ------
        NotDefined
            If there is neither, or a sample is not among those with given codes.
        ConfigError
            If encode returns anything but (batch, latent_dim) finite numbers.
        """
        inputs = np.ascontiguousarray(x.numpy(), np.float32)
        if self._codes is not None:
            return self._codes.find(inputs)
        if self._functions.encode is None:
            raise NotDefined(
                "no encode was given: your decode generates samples from z, but nothing finds a z for a sample"
            )
        samples = self._transform.invert(inputs)
        # The user's functions see samples in their own units, as in their own program.
        parts = self._functions.encode(self._layout.to_own(samples))
        if not self.capabilities.stochastic_posterior:
            parts = parts[:1]
        elif len(parts) < 2:
            raise ConfigError("encode returns one array, but it returned the pair (mean, log_variance) at first")
        mean, spread = (*(as_codes(part, "encode", self.latent_dim) for part in parts), None)[:2]
        return Posterior(torch.from_numpy(mean), None if spread is None else torch.from_numpy(spread))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) for codes (batch, latent_dim), by the user's decode.

        Raises
        ------
        ConfigError
            If decode returns samples of another size, or NaN or infinity.
        NotDefined
            Without a decode.
        """
        if self._functions.decode is None:
            raise NotDefined(NO_DECODER)
        decoded = self._functions.decode(np.ascontiguousarray(z.numpy(), np.float32))[0]
        shown = self._layout.to_shown(decoded)
        check_finite(shown, "decode")
        mean = torch.from_numpy(self._transform.apply(shown))
        if self._likelihood == "bernoulli":
            low, high = mean.aminmax()
            if low < -ROUNDING or high > 1 + ROUNDING:
                raise ConfigError(
                    "likelihood = bernoulli needs decodes within the range of the samples, but decode returns "
                    f"{shown.min():.4g} to {shown.max():.4g}: end it with a sigmoid, or choose gaussian"
                )
            return Bernoulli(torch.logit(mean, eps=1e-6))  # finite logits for 0 and 1
        return Gaussian(mean, 1.0) if self._likelihood == "gaussian" else PointDecode(mean)

    def losses(self, batch: Batch) -> Losses:
        """Raise `NotDefined`: the program does not train the model."""
        raise NotDefined(NOT_TRAINED)

    def observe(self) -> Mapping[str, float]:
        """Return no figures, as the weights are unknown."""
        return {}


def capabilities_of(
    functions: UserFunctions, has_codes: bool, *, stochastic: bool, likelihood: UserLikelihood
) -> Capabilities:
    """Return the capabilities of a model with these functions."""
    encoder = functions.encode is not None or has_codes
    return Capabilities(
        encoder=encoder,
        prior=stochastic or not encoder,
        stochastic_posterior=stochastic,
        differentiable=False,
        density=likelihood != "none" and functions.decode is not None,
        decoder=functions.decode is not None,
    )


def _refuse(config: ModelConfig, description: Description) -> ModelConfig:
    raise ConfigError(NOT_TRAINED)


USER_FAMILY = Family(
    name=UserModelConfig.family,
    title="Your own model",
    short_title="your own",
    summary="Functions that your program passed to explorer.explore.",
    config_type=UserModelConfig,
    model_type=UserModel,
    resolve=_refuse,
)
"""The description of a user's model. It is not in the catalogue, as nothing can be trained under this name."""
