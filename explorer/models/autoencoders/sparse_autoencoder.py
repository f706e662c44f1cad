"""The sparse autoencoder: a code wider than its input, of which each sample uses a few units."""

import math
from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from explorer.config import STRICT, ConfigError, RunConfig, replace, setting
from explorer.data.dataset import Description
from explorer.models.autoencoders.autoencoder import Autoencoder, AutoencoderConfig
from explorer.models.autoencoders.copying import copy_warning
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Losses, Posterior
from explorer.models.networks import Activation, resolve_networks
from explorer.models.sparse_code import keep_largest, kl_to_target

WIDEST = 1024
Sparsity = Literal["none", "l1", "top-k", "kl"]

CODE_ACTIVATIONS: dict[Sparsity, Activation] = {"none": "identity", "l1": "relu", "top-k": "identity", "kl": "sigmoid"}
"""What "auto" stands for: L1 wants units that can be off, top-k cuts them itself, a mean activation needs (0, 1)."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SparseConfig(AutoencoderConfig):
    """A wide code, and what keeps most of it off."""

    latent_dim: int = setting(
        128, "Code units", "How many units the code has; more than the sample has features is overcomplete.",
        ge=1, le=WIDEST,
    )  # fmt: skip
    sparsity: Sparsity = setting(
        "l1",
        "Sparsity",
        "L1 on the code; the k largest units alone; KL of each unit's mean activation from a target; or none.",
    )
    sparsity_weight: float = setting(
        0.3, "Sparsity weight", "Weight of the sparsity term beside the reconstruction.", ge=0, le=1000,
        when="sparsity = l1|kl",
    )  # fmt: skip
    active_units: int = setting(
        8, "k", "How many units of the code each sample may use.", unit="units", ge=1, le=WIDEST,
        when="sparsity = top-k",
    )  # fmt: skip
    active_units_after: float = setting(
        30.0, "k reached after", "All units may be used at first, fewer in each epoch until k is reached.",
        unit="epochs", ge=0, le=100_000, advanced=True, when="sparsity = top-k",
    )  # fmt: skip
    target: float = setting(
        0.05, "Target activation ρ", "How active each unit should be on average over the samples.", gt=0, le=0.99,
        when="sparsity = kl",
    )  # fmt: skip
    hidden_widths: tuple[int, ...] = setting(
        (),
        "Hidden widths",
        "Units of each hidden dense layer before the code; the decoder mirrors them. Empty: each unit of the code "
        "draws one picture.",
        max_length=16,
        advanced=True,
    )
    # Wider than the field that it replaces: "auto" follows the sparsity.
    code_activation: Literal["auto", Activation] = setting(  # type: ignore[assignment]
        "auto", "Code activation", "Nonlinearity of the code layer; auto follows the sparsity.", advanced=True
    )

    @property
    def active_above(self) -> float:
        """Zero, where units can be off; the middle of the sigmoid, which never is."""
        return 0.5 if self.code_activation == "sigmoid" else 0.0


def resolve_sparse(config: SparseConfig, description: Description) -> SparseConfig:
    """Check the config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        For a KL to a target without a sigmoid, more active units than there are, or networks that do not fit.
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
    """Warn of a code that can copy, where no sparsity stops it."""
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
    summary="A code wider than its input, of which each sample uses a few units; without sparsity it could copy.",
    config=SparseConfig,
    resolve=resolve_sparse,
    train={"epochs": 100},
    group="Sparse",
    place=1,
    warnings=sparse_warning,
)
class SparseAutoencoder(Autoencoder):
    """An autoencoder with L1 on its code, the k largest units alone, or a target for each unit's mean activation."""

    config: SparseConfig

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the code of a batch (batch, *shape); with top-k, at most k units of each are not zero."""
        return Posterior(self._code(x, math.inf))

    def _code(self, x: Tensor, epoch: float) -> Tensor:
        code = super().encode(x).mean
        return keep_largest(code, self.units_at(epoch)) if self.config.sparsity == "top-k" else code

    def units_at(self, epoch: float) -> int:
        """Return k after so many epochs: from all units down to the config's, linearly.

        Units that are never among the largest learn nothing; a k that shrinks gives each its turn (Makhzani and Frey
        2014, section 4.2).
        """
        config = self.config
        left = max(0.0, 1 - epoch / config.active_units_after) if config.active_units_after > 0 else 0.0
        return config.active_units + round(left * (config.latent_dim - config.active_units))

    def losses(self, batch: Batch) -> Losses:
        """Return reconstruction + weight·sparsity; the term is unweighted, and absent for top-k and none."""
        code = self._code(batch.x, batch.epoch)
        reconstruction = -self.decode(code).log_prob(batch.target).mean()
        if self.config.sparsity not in ("l1", "kl"):
            return Losses(reconstruction, {"reconstruction": reconstruction})
        sparsity = (
            self._l1(code) if self.config.sparsity == "l1" else kl_to_target(code.mean(0), self.config.target).sum()
        )
        total = reconstruction + self.config.sparsity_weight * sparsity
        return Losses(total, {"reconstruction": reconstruction, "sparsity": sparsity})

    def _l1(self, code: Tensor) -> Tensor:
        """Return the mean over samples of Σ |z_j|·‖d_j‖, with d_j the weights by which the decoder reads unit j.

        The norms keep the code from shrinking while the decoder grows, which would cost nothing (Conerly et al. 2024,
        transformer-circuits.pub/2024/april-update).
        """
        first = next(layer for layer in self.decoder.modules() if isinstance(layer, nn.Linear))
        norms: Tensor = torch.linalg.vector_norm(first.weight, dim=0)
        return (code.abs() * norms).sum(1).mean()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OvercompleteConfig(SparseConfig):
    """A wide code, and nothing that keeps it from copying unless it is asked for."""

    sparsity: Sparsity = setting(
        "none",
        "Sparsity",
        "None: the code can copy; L1 on the code; the k largest units alone; KL of each unit's mean activation from a "
        "target.",
    )


def overcomplete_warning(config: RunConfig, description: Description) -> tuple[str, ...]:
    """Warn of a code that can copy, or of one that is not overcomplete at all."""
    units, features = config.model.latent_dim, description.features
    if units >= features:
        return sparse_warning(config, description)
    return (
        f"It is not overcomplete: its code has {units} numbers, a sample of {description.name} has {features}. "
        f"A wider code (model.latent_dim) or smaller samples make it so.",
    )


@register(
    "overcomplete-ae",
    title="Overcomplete autoencoder",
    short_title="wide AE",
    summary="A code wider than its input and nothing to stop it: it can memorise by copying, hence sparsity.",
    config=OvercompleteConfig,
    resolve=resolve_sparse,
    train={"epochs": 100},
    group="Sparse",
    place=0,
    warnings=overcomplete_warning,
)
class OvercompleteAutoencoder(SparseAutoencoder):
    """A sparse autoencoder that begins without sparsity."""
