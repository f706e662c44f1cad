"""Takes the network from given settings, and measures what they leave open: the activation and the likelihood."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from explorer.config import ConfigError, ModelConfig, replace
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.models.layers import ACTIVATIONS
from explorer.models.weight_import.file_layers import file_layers
from explorer.models.weight_import.model_choice import ModelChoice, reconstruction
from explorer.models.weight_import.network_parts import possible_heads
from explorer.models.weight_import.norm_statistics import mismatch_of
from explorer.models.weight_import.weight_import import WeightPlan, fit_weights, join_tensors


def settings_choices(
    model: ModelConfig,
    found: Mapping[str, Tensor],
    renamed: Mapping[str, str],
    description: Description,
    x: Tensor,
    given: Mapping[str, Any],
) -> list[ModelChoice]:
    """Return models with the network of given settings; the first one has all of them.

    Parameters
    ----------
    renamed
        Names in the file to names in the model; ``a+b`` joins two tensors by rows.
    x
        Samples in model values (n, *shape).
    given
        The settings among those of ``model`` that must not change.

    Raises
    ------
    ConfigError
        If the tensors do not fit the network.
    """
    resolved = catalog.resolve(model, description)
    weights = _fitted(found, catalog.wanted_tensors(resolved, description), renamed)
    choices: list[ModelChoice] = []
    for config in _variants(model, given, description):
        words = [f"{name} {getattr(config, name)}" for name in ("activation", "likelihood") if hasattr(config, name)]
        errors, differences = reconstruction(config, weights, description, x)
        choices.append(
            ModelChoice(
                ", ".join(words) or "the given settings",
                config,
                weights,
                errors,
                0.01 * bool(choices),
                mismatch_of(differences),
            )
        )
    return choices


def _fitted(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], renamed: Mapping[str, str]) -> WeightPlan:
    """Match the tensors as they are, else with the heads of mean and log-variance joined."""
    try:
        return fit_weights(found, wanted, renamed)
    except ConfigError as error:
        problem = error
    for heads in possible_heads(file_layers(found)):
        if heads is None or heads.second is None:
            continue
        first, second = heads.first.tensors, heads.second.tensors
        joined = {f"{first[leaf]}+{second[leaf]}": (first[leaf], second[leaf]) for leaf in first if leaf in second}
        try:
            return fit_weights(join_tensors(found, joined), wanted, renamed)
        except ConfigError:
            continue
    raise problem


def _variants(model: ModelConfig, given: Mapping[str, Any], description: Description) -> Iterator[ModelConfig]:
    """Yield the settings with all activations and likelihoods that are not given, the given ones first."""
    activations: list[dict[str, Any]] = [{}]
    if hasattr(model, "activation") and "activation" not in given and hasattr(model, "hidden_widths"):
        activations += [{"activation": name} for name in ACTIVATIONS]
    likelihoods: list[dict[str, Any]] = [{}]
    if getattr(model, "likelihood", "") == "auto" and description.unit_range and description.kind == "image":
        likelihoods += [{"likelihood": name} for name in ("bernoulli", "gaussian")]
    seen: list[ModelConfig] = []
    for activation in activations:
        for likelihood in likelihoods:
            resolved = catalog.resolve(replace(model, **activation, **likelihood), description)
            if resolved not in seen:
                seen.append(resolved)
                yield resolved
