"""Exports a trained model as ONNX, as a folder with source and weights, or as weights alone.

1. `plain_module` makes encoder and decoder without this program; only the wanted ones are kept.
2. The writer of the kind writes them with facts on the model: shapes, units, classes, the transform inside.
3. Before the file takes its name, what it computes is compared with the model on samples.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from explorer.config import ConfigError
from explorer.data.dataset import Dataset, Description, description_to_json
from explorer.export.models.onnx_file import check_onnx_installed, save_onnx
from explorer.export.models.plain_module import (
    TOLERANCE,
    example_inputs,
    join,
    largest_difference,
    plain_module,
)
from explorer.export.models.source_code import model_of, save_torch_folder, source_of, weights_of
from explorer.models.latent_model import LatentModel
from explorer.runs.files import RunError, replace_bytes
from explorer.version import __version__

Kind = Literal["onnx", "torch", "safetensors"]
Part = Literal["encoder", "decoder", "both"]
SUFFIXES: dict[str, Kind] = {".onnx": "onnx", ".safetensors": "safetensors", ".torch": "torch", "": "torch"}
"""The kind of a path by its suffix; without one, or with .torch, it is a folder."""
SAMPLES = 200
"""Number of samples of the data on which a file is compared with the model."""
RANDOM = 16
"""Number of random inputs, if there is no data."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    parts
        "encoder" and "decoder", or one of them.
    difference
        Largest difference from the model, relative to the largest value, or to 1 if that is larger.
    compared_on
        What they were compared on, as words: "200 samples".
    """

    path: Path
    kind: Kind
    parts: tuple[str, ...]
    difference: float
    compared_on: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {**asdict(self), "path": str(self.path), "parts": list(self.parts)}


def export_model(
    path: Path,
    model: LatentModel,
    description: Description,
    name: str,
    *,
    kind: Kind | None = None,
    part: Part = "both",
    dataset: Dataset | None = None,
    overwrite: bool = False,
    weights: str = "",
) -> Exported:
    """Write a model for other programs, and compare what it then computes with the model.

    Parameters
    ----------
    name
        The name of the run.
    kind
        By default that of the suffix: .onnx, .safetensors, or none for a folder with ``model.py`` and ``weights.pt``.
    part
        What to write; "both" is the decoder alone if the model has no encoder.
    dataset
        The data of the run, for the comparison; without it, inputs are random.
    weights
        Which weights of the run these are, for the metadata of the file.

    Raises
    ------
    ConfigError
        If the model cannot be exported in this way, a package is missing, or the values differ.
    RunError
        If the path exists and ``overwrite`` is False.
    """
    kind = checked_path(path, kind, overwrite=overwrite)
    parts = _wanted(model, description, name, part)
    inputs, compared_on = _inputs(model, description, dataset, next(iter(parts)))
    expected = _computed(model, description, inputs, tuple(parts))
    about = {**facts(model, description, name), "weights": weights}
    difference = _write(path, kind, parts, inputs, expected, about)
    return Exported(path, kind, tuple(parts), difference, compared_on)


def _wanted(model: LatentModel, description: Description, name: str, part: Part) -> dict[str, fx.GraphModule]:
    """Return the parts to write by name."""
    if part not in get_args(Part):
        raise ConfigError(f"part = {part!r}: choose from {', '.join(get_args(Part))}")
    if part == "encoder" and not model.capabilities.encoder:
        raise ConfigError(f"{name}: its model ({model.config.family}) has no encoder; choose --part decoder")
    whole = plain_module(model, description, name)
    return {one: getattr(whole, one) for one in ("encoder", "decoder") if part in (one, "both") and hasattr(whole, one)}


def _write(
    path: Path,
    kind: Kind,
    parts: Mapping[str, fx.GraphModule],
    inputs: Mapping[str, Tensor],
    expected: Mapping[str, NDArray[Any]],
    about: Mapping[str, Any],
) -> float:
    """Write the parts unless they compute other values than expected; return the largest difference."""
    if kind == "onnx":
        return save_onnx(path, parts, inputs, expected, about)
    weights, name = weights_of(parts), str(about["run"])
    if kind == "torch":
        source = source_of(parts, about)
        # What the written source computes is compared, not the graph it was made of.
        difference = _compare(model_of(source, weights), inputs, expected, name)
        save_torch_folder(path, source, weights)
        return difference
    difference = _compare(join(parts, with_codes=True), inputs, expected, name)
    _save_weights(path, parts, weights, about)
    return difference


def checked_path(path: Path, kind: Kind | None, *, overwrite: bool) -> Kind:
    """Return the kind of a path; check before any work that it can be written.

    Raises
    ------
    ConfigError
        If the suffix is not that of the kind, or the folder does not exist.
    RunError
        If the path exists and ``overwrite`` is False.
    """
    # A name such as run.v2 has an unknown suffix, which a folder may have.
    by_suffix = SUFFIXES.get(path.suffix.lower())
    chosen = kind or by_suffix
    if chosen is None or by_suffix not in (chosen, None) or (by_suffix is None and chosen != "torch"):
        wanted = {"onnx": "end in .onnx", "safetensors": "end in .safetensors", "torch": "be that of a folder"}
        asked = wanted[chosen] if chosen else "end in .onnx or .safetensors, or be that of a folder"
        raise ConfigError(f"{path}: its name must {asked}")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"{path}: the folder {path.parent} does not exist")
    if chosen == "onnx":
        check_onnx_installed()
    if path.exists() and not overwrite:
        raise RunError(f"{path} already exists: choose another name, or use --overwrite to replace it")
    if path.exists() and path.is_dir() != (chosen == "torch"):
        raise RunError(f"{path} is a {'folder' if path.is_dir() else 'file'}: choose another name")
    return chosen


def facts(model: LatentModel, description: Description, name: str) -> dict[str, Any]:
    """Return facts on a model as plain values, for the metadata of a file."""
    stored = description_to_json(description)
    return {
        "run": name,
        "family": model.config.family,
        "version": __version__,
        "latent_dim": model.latent_dim,
        "shape": list(description.shape),
        "units": "x in the samples' own units (the transform is part of the model); z in latent units",
        "value_range": list(description.value_range),
        "has_log_variance": model.capabilities.stochastic_posterior,
        "takes_class": model.capabilities.condition,
        "class_names": list(description.class_names),
        "feature_names": list(description.feature_names),
        "transform": stored["transform"],
        "data": description.name,
        "fingerprint": description.fingerprint,
    }


def _inputs(
    model: LatentModel, description: Description, dataset: Dataset | None, first: str
) -> tuple[dict[str, Tensor], str]:
    """Return inputs of the exported part, of real samples if there are some, and what they are in words."""
    if dataset is None or not model.capabilities.encoder:
        return example_inputs(model, description, RANDOM, first), f"{RANDOM} random inputs"
    index = np.linspace(0, len(dataset) - 1, min(len(dataset), SAMPLES)).round().astype(np.int64)
    # Twice one sample, if there is only one: the size of a batch of one would be taken for fixed.
    index = np.resize(index, max(2, len(index)))
    samples = torch.from_numpy(dataset.rows(index).astype(np.float32))
    inputs = {"x": samples}
    if model.capabilities.condition:
        labels = np.full(len(index), -1) if dataset.labels is None else dataset.labels[index]
        inputs["condition"] = torch.from_numpy(labels.astype(np.int64))
    if first == "decoder":
        codes = torch.from_numpy(_computed(model, description, inputs, ("encoder",))["mean"])
        inputs = {"z": codes, **{name: value for name, value in inputs.items() if name != "x"}}
    return inputs, f"{len(index)} samples"


@torch.inference_mode()
def _computed(
    model: LatentModel, description: Description, inputs: Mapping[str, Tensor], parts: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """Return what the model itself computes, by the names of the outputs."""
    transform, condition = description.transform, inputs.get("condition")
    outputs: dict[str, NDArray[Any]] = {}
    z = inputs.get("z")
    if "encoder" in parts:
        posterior = model.encode(torch.from_numpy(transform.apply(inputs["x"].numpy())), condition)
        z = posterior.mean
        outputs["mean"] = posterior.mean.numpy()
        if posterior.log_variance is not None:
            outputs["log_variance"] = posterior.log_variance.numpy()
    if "decoder" in parts:
        assert z is not None
        decoded = transform.invert(model.decode(z, condition).mean.numpy())
        outputs["reconstruction" if "encoder" in parts else "x"] = decoded
    return outputs


@torch.no_grad()
def _compare(module: nn.Module, inputs: Mapping[str, Tensor], expected: Mapping[str, NDArray[Any]], name: str) -> float:
    """Return the largest difference of a plain module's last output from that of the model."""
    found = module(*inputs.values())
    # The whole module returns the reconstruction, an encoder all its outputs.
    arrays = [one.numpy() for one in (found if isinstance(found, tuple) else (found,))]
    difference = largest_difference(arrays, list(expected.values())[-len(arrays) :])
    if difference > TOLERANCE:
        raise ConfigError(f"{name} as a plain module returns other values than the run (difference {difference:.1g})")
    return difference


def _save_weights(
    path: Path, parts: Mapping[str, fx.GraphModule], weights: Mapping[str, Tensor], about: Mapping[str, Any]
) -> None:
    from safetensors.torch import save

    words = {key: value if isinstance(value, str) else json.dumps(value) for key, value in about.items()}
    layers = {f"{name}_layers": repr(part) for name, part in parts.items()}
    replace_bytes(path, save(dict(weights), metadata={**words, **layers}))
