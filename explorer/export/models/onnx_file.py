"""A plain module as an ONNX file, which is compared with the model by onnxruntime before it takes its name."""

import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from explorer.config import ConfigError
from explorer.export.models.plain_module import TOLERANCE, join, largest_difference
from explorer.extras import missing_package
from explorer.runs.files import replace_file

OPSET = 18
"""Version of the operators: supported by onnxruntime 1.14 of 2023 and later, as by most other runtimes."""
MAX_BYTES = 2 << 30
"""Size limit of one file in the format (protobuf)."""


def check_onnx_installed() -> None:
    """Raise ConfigError if a package that ONNX files need is missing."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        if find_spec(package) is None:
            raise ConfigError(missing_package(package, "writing .onnx"))


def save_onnx(
    path: Path,
    parts: Mapping[str, fx.GraphModule],
    inputs: Mapping[str, Tensor],
    expected: Mapping[str, NDArray[Any]],
    about: Mapping[str, Any],
) -> float:
    """Write the parts as one graph, and return the largest difference of its outputs from the model.

    Parameters
    ----------
    inputs
        What the graph is run on, by the names of its inputs; all have at least two rows.
    expected
        What the model returns for the inputs, by the names of the outputs of the graph, in order.
    about
        Facts on the model, which become metadata of the file.

    Raises
    ------
    ConfigError
        If the graph cannot be written, or returns other values than the model.
    """
    module = join(parts, with_codes=True)
    _check_size(module)
    found: list[float] = []

    def write(part: Path) -> None:
        _export(part, module, inputs, list(expected), about)
        found.append(largest_difference(_run(part, inputs), list(expected.values())))
        if found[-1] > TOLERANCE:
            raise ConfigError(
                f"the ONNX file returns other values than the model (difference {found[-1]:.1g}, allowed {TOLERANCE:g})"
                "; it was not saved: use --torch"
            )

    # An error above leaves the file of an earlier export as it was.
    replace_file(path, write)
    return found[-1]


def _check_size(module: nn.Module) -> None:
    # Known before the export, which takes long for such a network; 1 MiB is left for the graph itself.
    if sum(value.nbytes for value in module.state_dict().values()) > MAX_BYTES - (1 << 20):
        raise ConfigError("the weights exceed 2 GiB, the limit of one ONNX file: use --torch or --safetensors")


def _export(
    path: Path, module: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str], about: Mapping[str, Any]
) -> None:
    # Named, so that all inputs are known to have equally many rows, and any number of them.
    rows = torch.export.Dim("batch")
    with _quiet():
        program = torch.onnx.export(
            module,
            tuple(inputs.values()),
            dynamo=True,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: rows} for _ in inputs),
            opset_version=OPSET,
            verbose=False,
        )
        assert program is not None
        for key, value in about.items():
            program.model.metadata_props[key] = value if isinstance(value, str) else json.dumps(value)
        program.model.producer_name, program.model.producer_version = "Latent Explorer", str(about["version"])
        # One file: weights beside it would be lost when it is moved.
        program.save(path, external_data=False)


def _run(path: Path, inputs: Mapping[str, Tensor]) -> list[NDArray[Any]]:
    """Return the outputs of a file by onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # By default it takes all cores, also while a training runs.
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(os.fspath(path), options, providers=["CPUExecutionProvider"])
    given = {name: np.asarray(value) for name, value in inputs.items()}
    outputs: list[NDArray[Any]] = session.run(None, given)
    return outputs


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter, which warns of its own parts."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        # Deprecations inside the exporter are of no use to a user.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
