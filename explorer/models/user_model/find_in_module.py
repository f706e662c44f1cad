"""Finds encode and decode in a module, by the names of its parts and by calling its forward on a few samples.

1. The forward runs with the noise of the reparameterization fixed at 0, and at 1.
2. The reconstruction is the output with the size of a sample that is not the sample itself. The latents are the other
   outputs with one row per sample; what changes with the noise is z.
3. Pairs of parts with customary names are called: the pair whose decodes equal the reconstruction is the right one. Two
   layers with names of a mean and a spread may stand between encoder and decoder.
4. Otherwise each part that may be the decoder is called on each latent. The latent whose decode equals the
   reconstruction is the mean, and the output with noise 1 shows what the spread is: log σ², log σ, σ or σ².
5. Without such a part, the forward itself decodes; see `explorer.models.user_model.forward_calls`.
6. If nothing equals the reconstruction, a pair whose decodes have the size of a sample is taken.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.models.user_model.forward_calls import (
    DecodeByNoise,
    EncodeByForward,
    EncodeByHeads,
    PartCall,
    SpreadOf,
)
from explorer.models.user_model.module_trial import Call, ModuleTrial, Output
from explorer.models.user_model.outputs import MEANS, SAMPLES, SPREADS, as_log_variance
from explorer.models.user_model.user_functions import ModuleCall, failed_call

ENCODERS = ("encode", "encoder", "enc", "inference", "recognition")
DECODERS = ("decode", "decoder", "dec", "decoding", "generate", "generator", "gen")
FIRST_OF_TWO, SECOND_OF_TWO = "0", "1"
"""Names of the parts of a Sequential or a ModuleList."""
MEAN_HEAD = re.compile(r"mu|mean|loc|fc_?21", re.IGNORECASE)
SPREAD_HEAD = re.compile(r"var|std|sigma|scale|fc_?22", re.IGNORECASE)
WRAPPED = ("model", "vae", "ae", "net", "network", "autoencoder")
"""Attributes of a module that holds another one, for example to train it."""
ACTIVATIONS = (None, torch.sigmoid, torch.tanh)
TRIED_ROWS = 5
"""Number of samples in a trial call; not 1, 3 or 4, which a convolution might take for the channels of one picture."""
EQUAL = 1e-3
"""Maximum difference of equal reconstructions, as a share of the difference between samples."""
ROUNDING = 1e-5
Pair = tuple[ModuleCall, ModuleCall]


@dataclass(frozen=True, eq=False)
class _Pair:
    """Encoder and decoder that fit each other, with what they returned for the samples."""

    encoder: Call
    decoder: PartCall
    parts: tuple[NDArray[np.float32], ...]
    decoded: NDArray[np.float32]


def find_in_module(module: nn.Module, samples: NDArray[Any]) -> tuple[Pair, bool] | None:
    """Return encode and decode of a module, and `ModuleSearch.knows_spread`; None if they cannot be found.

    Parameters
    ----------
    samples
        A few samples ``(n, …)`` for trial calls.

    Raises
    ------
    ConfigError
        If the forward fails on the samples, and no parts have customary names.
    """
    owners = [module, *(part for name in WRAPPED if isinstance(part := getattr(module, name, None), nn.Module))]
    trials = [ModuleSearch(owner, samples[:TRIED_ROWS]) for owner in owners]
    # A module that trains another one has a forward, but not its methods.
    trials.sort(key=lambda trial: not trial.has_methods)
    for trial in trials:
        if (pair := trial.find()) is not None:
            return pair, trial.knows_spread
    failing = trials[0].fallback()
    # A module without a forward raises NotImplementedError.
    if failing is None and trials[0].error is not None and not isinstance(trials[0].error, NotImplementedError):
        raise failed_call("forward", trials[0].error, trials[0].samples.shape) from trials[0].error
    return None if failing is None else (failing, False)


class ModuleSearch(ModuleTrial):
    """The search for encode and decode in one module.

    Attributes
    ----------
    knows_spread
        Whether the forward has shown what the spread is, and not its name or custom.
    """

    def __init__(self, module: nn.Module, samples: NDArray[Any]) -> None:
        super().__init__(module, samples)
        self.knows_spread = False

    @property
    def has_methods(self) -> bool:
        """Whether the module has encode and decode."""
        return all(callable(getattr(self.module, name, None)) for name in ("encode", "decode"))

    def find(self) -> Pair | None:
        """Return encode and decode, or None."""
        outputs = self.outputs(0.0, draws=False)
        reconstruction = None if outputs is None else self._reconstruction(outputs)
        if outputs is not None and reconstruction is not None:
            noisy = self.outputs(1.0, draws=True)
            found = self._matching_pair(reconstruction, noisy) or self._by_latents(outputs, noisy, reconstruction)
            if found is not None:
                return found
        # The forward may do more than encode and decode, such as corrupting its input.
        pair = next(self._pairs(), None)
        return None if pair is None else self._calls(pair.encoder, pair.decoder)

    # Parts with customary names

    def _parts(self, names: tuple[str, ...]) -> Iterator[PartCall]:
        if len(self.module._modules) == 2 and isinstance(self.module, nn.Sequential | nn.ModuleList):
            yield PartCall(FIRST_OF_TWO if names is ENCODERS else SECOND_OF_TWO)
        for name in names:
            if callable(getattr(self.module, name, None)):
                yield PartCall(name)

    def _encoders(self) -> Iterator[Call]:
        """Yield the parts that may be the encoder, also with layers for mean and spread after them."""
        heads = [name for name, _ in self.module.named_children()]
        spreads = [name for name in heads if SPREAD_HEAD.search(name)]
        for part in self._parts(ENCODERS):
            yield part
            for mean in (name for name in heads if MEAN_HEAD.search(name) and name not in spreads):
                yield EncodeByHeads(part, mean, spreads[0] if spreads else None)

    def _pairs(self) -> Iterator[_Pair]:
        """Yield encoder and decoder that fit each other and the samples."""
        for encoder in self._encoders():
            parts = self.encoded(encoder)
            for decoder in self._parts(DECODERS) if parts is not None else ():
                assert parts is not None
                decoded = self.decoded(decoder, parts[0])
                if decoded is not None:
                    yield _Pair(encoder, decoder, parts, decoded)

    def fallback(self) -> Pair | None:
        """Return the first parts with customary names, although they failed; their error says more than a refusal."""
        encoder, decoder = next(self._parts(ENCODERS), None), next(self._parts(DECODERS), None)
        return None if encoder is None or decoder is None else self._calls(encoder, decoder)

    def _matching_pair(self, reconstruction: Output, noisy: list[Output] | None) -> Pair | None:
        """Return the parts that together do what the forward does, with the activation that it applies after them."""
        for pair in self._pairs():
            for activation in ACTIVATIONS:
                if _distance(_activated(pair.decoded, activation), reconstruction.values) <= 1:
                    decoder = PartCall(pair.decoder.name, activation)
                    return self._calls(self._with_kind(pair, decoder, _at(noisy, reconstruction)), decoder)
        return None

    def _with_kind(self, pair: _Pair, decoder: Call, with_noise: NDArray[np.float32] | None) -> Call:
        """Return the encoder, with its spread converted to log σ² if the reconstruction with noise 1 shows another."""
        if len(pair.parts) != 2 or pair.parts[0].shape != pair.parts[1].shape:
            return pair.encoder
        mean, spread = (Output("", -1, part) for part in pair.parts)
        found, kind = self._spread([spread], mean, decoder, with_noise)
        return pair.encoder if found is None or kind == "log-variance" else SpreadOf(pair.encoder, kind)

    def _calls(self, encode: Call, decode: Call) -> Pair:
        return ModuleCall(self.module, encode), ModuleCall(self.module, decode)

    # Latents among the outputs of the forward

    def _reconstruction(self, outputs: list[Output]) -> Output | None:
        """Return the output that has the size of the samples and is no copy of them; by its name, or the first."""
        given = self.samples.astype(np.float32).reshape(len(self.samples), -1)
        able = [
            each
            for each in outputs
            if each.values.size == given.size and not np.allclose(each.values.reshape(given.shape), given, atol=1e-6)
        ]
        named = [each for name in SAMPLES for each in able if each.name == name]
        return next(iter([*named, *able]), None)

    def _by_latents(self, outputs: list[Output], noisy: list[Output] | None, reconstruction: Output) -> Pair | None:
        latents = self._latents(outputs, noisy, reconstruction)
        # The smallest difference, as the decoder of an untrained network returns almost the same for all codes.
        found = [
            (_distance(_activated(decoded, activation), reconstruction.values), mean, PartCall(part.name, activation))
            for part in self._parts(DECODERS)
            for mean in latents
            if (decoded := self.decoded(part, mean.values)) is not None
            for activation in ACTIVATIONS
        ]
        if not found or (best := min(found, key=lambda each: each[0]))[0] > 1:
            return self._by_noise(latents, reconstruction)
        _, mean, decoder = best
        spread, kind = self._spread(latents, mean, decoder, _at(noisy, reconstruction))
        encode = EncodeByForward(mean.position, None if spread is None else spread.position, kind)
        return self._calls(encode, decoder)

    def _latents(self, outputs: list[Output], noisy: list[Output] | None, reconstruction: Output) -> list[Output]:
        """Return the outputs that may be mean and spread, of one shape, those with a customary name first."""
        after = {each.position: each.values for each in noisy or ()}
        able = [
            each
            for each in outputs
            if each is not reconstruction
            and each.values.size != self.samples.size
            # What changes with the noise is a draw of z.
            and np.allclose(each.values, after.get(each.position, each.values), atol=1e-6)
        ]
        able.sort(key=lambda each: MEANS.index(each.name) if each.name in MEANS else len(MEANS))
        return [each for each in able if each.values.shape == able[0].values.shape]

    def _spread(
        self, latents: list[Output], mean: Output, decoder: Call, with_noise: NDArray[np.float32] | None
    ) -> tuple[Output | None, str]:
        """Return the spread among latents, and what it is: by the reconstruction with noise 1, its name, or custom."""
        others = [each for each in latents if not np.array_equal(each.values, mean.values)]
        for each in others if with_noise is not None else ():
            for kind in SPREADS:
                decoded = self.decoded(decoder, mean.values + _sigma(each, kind))
                if decoded is not None and with_noise is not None and _distance(decoded, with_noise) <= 1:
                    self.knows_spread = True
                    return each, kind
        named = [(each, kind) for kind, names in SPREADS.items() for each in others if each.name in names]
        return named[0] if named else (others[0] if len(others) == 1 else None, "log-variance")

    def _by_noise(self, latents: list[Output], reconstruction: Output) -> Pair | None:
        """Return calls of the forward that decode by its noise, if the decodes equal the reconstruction."""
        template = self.form.convert(self.samples[:1])
        if not isinstance(template, Tensor):
            return None
        # Each sample is decoded through the first one, which fails for a wrong mean or spread.
        for mean in latents:
            for spread in (each for each in latents if each is not mean):
                for kind in SPREADS:
                    encode = EncodeByForward(mean.position, spread.position, kind)
                    decode = DecodeByNoise(template, encode, reconstruction.position)
                    decoded = self.decoded(decode, mean.values) if np.isfinite(_sigma(spread, kind)).all() else None
                    if decoded is not None and _distance(decoded, reconstruction.values) <= 1:
                        self.knows_spread = True
                        return self._calls(encode, decode)
        return None


def _at(outputs: list[Output] | None, output: Output) -> NDArray[np.float32] | None:
    """Return the values at the position of an output in those of another call."""
    return next((each.values for each in outputs or () if each.position == output.position), None)


@np.errstate(all="ignore")
def _sigma(spread: Output, kind: str) -> NDArray[np.float32]:
    log_variance: NDArray[np.float32] = np.asarray(as_log_variance(spread.values, kind), np.float32)
    sigma: NDArray[np.float32] = np.exp(0.5 * log_variance)
    return sigma


def _activated(values: NDArray[np.float32], activation: Callable[[Tensor], Tensor] | None) -> NDArray[np.float32]:
    return values if activation is None else np.asarray(activation(torch.from_numpy(values)))


def _distance(values: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the largest difference of reconstructions in units of the tolerance: at most 1 if they are equal."""
    other = other.reshape(len(other), -1)
    between = float(np.abs(other - other.mean(0)).max())
    tolerance = max(EQUAL * between, ROUNDING * float(np.abs(other).max()), 1e-12)
    return float(np.abs(values.reshape(other.shape) - other).max()) / tolerance
