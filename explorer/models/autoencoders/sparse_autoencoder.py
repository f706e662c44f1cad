"""The sparse autoencoder: a code that is wider than its input, but of which each sample uses only a few units."""

import math
from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import MAX_LATENT_DIM, STRICT, ConfigError, RunConfig, replace, setting
from explorer.data.dataset import Description
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder, copy_warning
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Losses, Posterior
from explorer.models.layers import Activation
from explorer.models.likelihoods.by_column import reconstruction_terms
from explorer.models.networks import PlainNetworkConfig, resolve_networks
from explorer.models.sparse_code import keep_largest, kl_to_target

Sparsity = Literal["none", "l1", "top-k", "kl"]

CODE_ACTIVATIONS: dict[Sparsity, Activation] = {"none": "identity", "l1": "relu", "top-k": "identity", "kl": "sigmoid"}
"""The code activation for "auto": L1 needs units that can be exactly 0, top-k sets units to 0 itself, and the KL needs
mean activations in (0, 1)."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SparseConfig(PlainNetworkConfig, AutoencoderConfig):
    """The settings of a wide code and of its sparsity."""

    latent_dim: int = setting(
        128, "Code units", "Number of code units; with more than the features of a sample, the code is overcomplete.",
        ge=1, le=MAX_LATENT_DIM,
    )  # fmt: skip
    sparsity: Sparsity = setting(
        "l1",
        "Sparsity",
        "L1 penalty on the code; only the k largest units; KL of each unit's mean activation from a target; or none.",
    )
    sparsity_weight: float = setting(
        0.3, "Sparsity weight", "Weight of the sparsity term in the loss.", ge=0, le=1000,
        when="sparsity = l1|kl",
    )  # fmt: skip
    active_units: int = setting(
        8, "k", "Number of code units that each sample may use.", unit="units", ge=1, le=MAX_LATENT_DIM,
        when="sparsity = top-k",
    )  # fmt: skip
    active_units_after: float = setting(
        30.0, "k reached after", "Number of epochs over which the active units are reduced linearly from all to k.",
        unit="epochs", ge=0, le=100_000, advanced=True, when="sparsity = top-k",
    )  # fmt: skip
    target: float = setting(
        0.05, "Target activation ρ", "Target for the mean activation of each unit over the samples.", gt=0, le=0.99,
        when="sparsity = kl",
    )  # fmt: skip
    hidden_widths: tuple[int, ...] = setting(
        (),
        "Hidden widths",
        "Units of each hidden dense layer before the code; the decoder mirrors them. Leave empty to give each code "
        "unit one picture of its own.",
        max_length=16,
        advanced=True,
    )
    # Wider than the type of the field that it overrides, which has no "auto".
    code_activation: Literal["auto", Activation] = setting(  # type: ignore[assignment]
        "auto", "Code activation", "Nonlinearity of the code layer; auto depends on the sparsity.", advanced=True
    )

    @property
    def active_above(self) -> float:
        """0 for activations that can be 0, and 0.5 for the sigmoid, which cannot."""
        return 0.5 if self.code_activation == "sigmoid" else 0.0


def resolve_sparse(config: SparseConfig, description: Description) -> SparseConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        If a KL to a target is used without a sigmoid, k exceeds the number of units, or the networks do not fit.
    """
    if config.sparsity == "kl" and config.code_activation not in ("auto", "sigmoid"):
        raise ConfigError(
            f"model.code_activation = {config.code_activation}: the KL to a target activation needs sigmoid (or auto)"
        )
    if config.sparsity == "top-k" and config.active_units > config.latent_dim:
        raise ConfigError(
            f"model.active_units = {config.active_units}: the code has {config.latent_dim} units (model.latent_dim)"
        )
    if config.code_activation == "auto":
        config = replace(config, code_activation=CODE_ACTIVATIONS[config.sparsity])
    resolved = resolve_networks(config, description)
    assert isinstance(resolved, SparseConfig)
    return resolved


def sparse_warning(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return a warning if the code can copy and no sparsity prevents it."""
    model = config.model
    return copy_warning(config, description) if isinstance(model, SparseConfig) and not _is_sparse(model) else ()


def _is_sparse(config: SparseConfig) -> bool:
    if config.sparsity == "top-k":
        return config.active_units < config.latent_dim
    return config.sparsity != "none" and config.sparsity_weight > 0


@register(
    "sparse-ae",
    title="Sparse autoencoder",
    short_title="sparse AE",
    summary="A code wider than its input, of which each sample uses only a few units; without sparsity it could copy.",
    config=SparseConfig,
    resolve=resolve_sparse,
    epochs=800,
    group="Sparse",
    place=1,
    warnings=sparse_warning,
)
class SparseAutoencoder(PlainAutoencoder):
    """An autoencoder with an L1 penalty, only the k largest units, or a target for the mean activation of each unit."""

    config: SparseConfig

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the codes of a batch (batch, *shape); with top-k, at most k units of each code are not zero."""
        return Posterior(self._code(x, math.inf))

    def _code(self, x: Tensor, epoch: float) -> Tensor:
        code = super().encode(x).mean
        return keep_largest(code, self.units_at(epoch)) if self.config.sparsity == "top-k" else code

    def units_at(self, epoch: float) -> int:
        """Return k after ``epoch`` epochs, which falls linearly from all units to the k of the config.

        A unit that is never among the largest learns nothing; with a shrinking k every unit learns at first (Makhzani
        and Frey 2014, section 4.2).
        """
        config = self.config
        # Validation has an infinite epoch, and therefore always uses the final k.
        left = max(0.0, 1 - epoch / config.active_units_after) if config.active_units_after > 0 else 0.0
        return config.active_units + round(left * (config.latent_dim - config.active_units))

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction loss plus the weighted sparsity.

        The logged sparsity is unweighted; with top-k or none there is no such term.
        """
        code = self._code(batch.x, batch.epoch)
        _, terms = reconstruction_terms(self.decode(code), batch.target)
        # top-k needs no penalty: it sets the other units to zero in the forward pass.
        if self.config.sparsity not in ("l1", "kl"):
            return Losses(terms["reconstruction"], terms)
        sparsity = (
            self._l1(code) if self.config.sparsity == "l1" else kl_to_target(code.mean(0), self.config.target).sum()
        )
        total = terms["reconstruction"] + self.config.sparsity_weight * sparsity
        return Losses(total, {**terms, "sparsity": sparsity})

    def _l1(self, code: Tensor) -> Tensor:
        """Return the mean over samples of Σ |z_j|·‖d_j‖, where d_j are the decoder's weights for unit j.

        Without the norms the penalty could be avoided by a smaller code and larger decoder weights (Conerly et al.
        2024, transformer-circuits.pub/2024/april-update).
        """
        first = next(layer for layer in self.decoder.modules() if isinstance(layer, nn.Linear))
        norms: Tensor = torch.linalg.vector_norm(first.weight, dim=0)  # (latent_dim,)
        return (code.abs() * norms).sum(1).mean()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OvercompleteConfig(SparseConfig):
    """The settings of a wide code without sparsity by default."""

    sparsity: Sparsity = setting(
        "none",
        "Sparsity",
        "None (the code can copy); L1 penalty on the code; only the k largest units; KL of each unit's mean activation "
        "from a target.",
    )


def overcomplete_warning(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Return a warning if the code can copy, or if it is not overcomplete."""
    units, features = config.model.latent_dim, description.features
    if units >= features:
        return sparse_warning(config, description)
    return (
        f"The model is not overcomplete: a code has {units} numbers and a sample of {description.name} "
        f"{features}. Use a wider code (Code units) or smaller samples.",
    )


@register(
    "overcomplete-ae",
    title="Overcomplete autoencoder",
    short_title="wide AE",
    summary="A code wider than its input without any constraint: it can copy its input, which is why sparsity exists.",
    config=OvercompleteConfig,
    resolve=resolve_sparse,
    epochs=200,
    group="Sparse",
    place=0,
    warnings=overcomplete_warning,
)
class OvercompleteAutoencoder(SparseAutoencoder):
    """A sparse autoencoder whose default is no sparsity."""
