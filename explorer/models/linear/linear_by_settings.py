"""Autoencoders that are linear by their settings: no nonlinearity between x and the decode, as in a linear one.

They do not store the principal components of their training samples, as the linear families do, so the components are
computed from the samples.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import ModelConfig
from explorer.data.dataset import Dataset
from explorer.models.autoencoders.autoencoder import Autoencoder
from explorer.models.latent_model import LatentModel
from explorer.models.linear.linear_autoencoder import angle
from explorer.models.linear.linear_fit import Directions, principal_directions, spectrum_size, training_rows
from explorer.models.linear_parts import LinearParts
from explorer.models.networks import NetworkConfig

ROWS_AT_ONCE = 1024


def is_linear_by_settings(config: ModelConfig, model_type: type[LatentModel]) -> bool:
    """Return whether an autoencoder of these settings is a linear map with offsets, from x to the mean of p(x|z)."""
    return _is_plain(config, model_type) and not why_not_linear(config, model_type)


def why_not_linear(config: ModelConfig, model_type: type[LatentModel]) -> str:
    """Return what makes a model nonlinear; "" for an autoencoder that is linear by its settings."""
    if not _is_plain(config, model_type):
        return f"its model, {config.family}, is neither linear nor has a mixture prior"
    assert isinstance(config, NetworkConfig)
    for name in ("activation", "code_activation"):
        if (value := getattr(config, name)) != "identity":
            return f"its layers are not linear (model.{name} = {value}); with identity they would be"
    if not config.likelihood.startswith("gaussian"):
        return (
            f"its layers are linear, but with model.likelihood = {config.likelihood} a sigmoid follows them; "
            "with gaussian the decode is linear in z"
        )
    return ""


def _is_plain(config: ModelConfig, model_type: type[LatentModel]) -> bool:
    # Families that encode or decode otherwise, such as by the k largest units, are not linear with any activation.
    same = model_type.encode is Autoencoder.encode and model_type.decode is Autoencoder.decode
    return isinstance(config, NetworkConfig) and same


@torch.no_grad()
def parts_by_settings(model: LatentModel, dataset: Dataset) -> LinearParts:
    """Return the components of an autoencoder that is linear by its settings, with those of PCA for comparison.

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
    device = next(model.parameters()).device
    decodes = model.decode(torch.eye(latent_dim + 1, latent_dim, device=device)).mean
    # The last row of the matrix is z = 0; the others are one unit along each dimension.
    components = (decodes[:-1] - decodes[-1:]).flatten(1)
    reference = torch.from_numpy(found.rows[:latent_dim]).to(components)
    shape = decodes.shape[1:]
    return LinearParts(
        components=_array(components.reshape(-1, *shape)),
        explained_variance_ratio=found.shares,
        share_of="variance",
        kept=1 - _squared_error(model, dataset, index, device) / found.total,
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


def _squared_error(model: LatentModel, dataset: Dataset, index: NDArray[np.int64], device: torch.device) -> float:
    """Return the squared error of the samples, summed over features and averaged over samples."""
    total = 0.0
    for start in range(0, len(index), ROWS_AT_ONCE):
        x = torch.from_numpy(dataset.model_inputs(index[start : start + ROWS_AT_ONCE])).to(device)
        total += float((model.decode(model.encode(x).mean).mean - x).double().square().sum())
    return total / len(index)


def _array(values: Tensor) -> NDArray[np.float32]:
    return values.float().cpu().numpy()
