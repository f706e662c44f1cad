"""Which likelihood fits the data, and the layers that it needs: the first of an encoder, the last of a decoder.

1. `check_likelihood` refuses one that does not fit; `resolved_likelihood` replaces "auto".
2. `column_inputs` makes the first layer of an encoder of counts or angles.
3. A decoder returns parameters of the shape `parameter_shape`; `likelihood_layer` maps them to p(x|z).
"""

from typing import Literal

from torch import nn

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.models.likelihoods.column_layers import ColumnInputs, ColumnLayer
from explorer.models.likelihoods.layers import COUNT_LIKELIHOODS, CountLayer, LikelihoodLayer

LikelihoodName = Literal[
    "auto",
    "bernoulli",
    "continuous bernoulli",
    "gaussian",
    "gaussian with learned sigma",
    "poisson",
    "negative binomial",
    "zero-inflated poisson",
    "zero-inflated negative binomial",
    "by column",
    "by column with learned sigma",
]


def resolved_likelihood(name: LikelihoodName, description: Description) -> LikelihoodName:
    """Return the name of a likelihood with "auto" replaced by the one that fits the data."""
    kinds = {*description.feature_kinds}
    if name != "auto":
        return name
    # A Bernoulli fits pixels; other data in [0, 1], such as measurements, is rarely binary.
    if description.unit_range and (description.kind == "image" or kinds == {"yes/no"}):
        return "bernoulli"
    # Not Poisson: counts of the same mean nearly always vary more than it allows. Its θ can grow if they do not.
    if kinds == {"count"}:
        return "negative binomial"
    return "gaussian" if kinds <= {"number"} else "by column"


def check_likelihood(name: LikelihoodName, description: Description) -> None:
    """Check that a likelihood fits the data.

    Raises
    ------
    ConfigError
        If it does not.
    """
    if name in ("bernoulli", "continuous bernoulli") and not description.unit_range:
        raise ConfigError(
            f"model.likelihood = {name} needs values in [0, 1], and {description.name} has others: use gaussian"
        )
    # A fraction has no probability under a distribution of whole numbers: its log would be −∞.
    if name in COUNT_LIKELIHOODS and {*description.feature_kinds} != {"count"}:
        raise ConfigError(
            f"model.likelihood = {name} needs counts, whole numbers of 0 and more that are not scaled, and "
            f"{description.name} has others: set data.count_columns to * if they are counts, or use gaussian"
        )
    if _is_by_column(name) and (description.kind != "vector" or description.axis is not None):
        raise ConfigError(
            f"model.likelihood = {name} needs a table, and {description.name} has none: use auto, or gaussian"
        )


def _is_by_column(name: LikelihoodName) -> bool:
    return name.startswith("by column")


def column_inputs(name: LikelihoodName, description: Description) -> list[nn.Module]:
    """Return the first layer of an encoder of counts or angles, if there are some and the likelihood treats them so."""
    likelihood = resolved_likelihood(name, description)
    if likelihood not in COUNT_LIKELIHOODS and not _is_by_column(likelihood):
        return []
    counts, angles = (
        [index for index, each in enumerate(description.feature_kinds) if each == kind] for kind in ("count", "angle")
    )
    return [ColumnInputs(counts, angles)] if counts or angles else []


def added_values(name: LikelihoodName, description: Description) -> int:
    """Return the number of inputs of the encoder beyond the features, and of outputs of the decoder: one per angle.

    A likelihood by column represents an angle by its cosine and its sine.
    """
    likelihood = resolved_likelihood(name, description)
    return description.feature_kinds.count("angle") if _is_by_column(likelihood) else 0


def parameter_shape(name: LikelihoodName, description: Description) -> tuple[int, ...]:
    """Return the shape of the parameters of the likelihood, the output of the decoder: that of a sample, or longer."""
    added = added_values(name, description)
    return (description.features + added,) if added else description.shape


def likelihood_layer(
    name: LikelihoodName, sigma: float, description: Description
) -> LikelihoodLayer | CountLayer | ColumnLayer:
    """Build the layer that maps the output of the decoder (batch, *shape) to p(x|z)."""
    likelihood = resolved_likelihood(name, description)
    if likelihood in COUNT_LIKELIHOODS:
        return CountLayer(likelihood, description.shape)
    if _is_by_column(likelihood):
        return ColumnLayer(description, sigma, is_learned="learned" in likelihood)
    return LikelihoodLayer(likelihood, sigma)
