"""Latent Explorer: train autoencoders and VAEs, see their latent plane, decode under the mouse.

Each function here imports what it needs when it is called, so that ``import explorer`` takes milliseconds. Libraries
that take long to import (scipy, scikit-learn, matplotlib, pooch and others) are imported throughout the package by the
functions that use them, and the modules of commands import torch in the same way. A test checks that the window starts
without them.
"""

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from explorer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from explorer import plot
    from explorer.api import LoadedRun
    from explorer.config import RunConfig
    from explorer.training.events import Progress
    from explorer.ui.app.user_window import UserWindow

__all__ = ["__version__", "explore", "load", "plot", "train"]


def __getattr__(name: str) -> "ModuleType":
    """Import `explorer.plot` when it is first asked for."""
    if name == "plot":
        from importlib import import_module

        return import_module("explorer.plot")
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")


def load(run: str | PathLike[str]) -> "LoadedRun":
    """Open a run directory; see `explorer.api.load_run`."""
    from explorer.api import load_run

    return load_run(run)


def train(
    config: "RunConfig | None" = None,
    *,
    out: str | PathLike[str],
    data: str = "digits",
    model: str = "vae",
    device: str = "auto",
    overwrite: bool = False,
    on_progress: "Callable[[Progress], None] | None" = None,
    **settings: Any,
) -> "LoadedRun":
    """Train a run to its end and open it; see `explorer.api.train_new_run`.

    >>> explorer.train(out="my-vae", latent_dim=2, epochs=30, beta=4)  # doctest: +SKIP
    """
    from explorer.api import train_new_run

    return train_new_run(
        config,
        out=out,
        data=data,
        model=model,
        device=device,
        overwrite=overwrite,
        on_progress=on_progress,
        **settings,
    )


def explore(
    *runs: str | PathLike[str],
    encode: "Callable[..., Any] | None" = None,
    decode: "Callable[..., Any] | None" = None,
    samples: Any = None,
    labels: Any = None,
    classify: "Callable[..., Any] | None" = None,
    codes: Any = None,
    class_names: "Sequence[str]" = (),
    columns: "Mapping[str, Any] | None" = None,
    latent_dim: int | None = None,
    value_range: tuple[float, float] | None = None,
    layout: str | None = None,
    shape: tuple[int, ...] | None = None,
    axis: Any = None,
    likelihood: Literal["none", "gaussian", "bernoulli"] = "none",
    device: str = "",
    name: str = "your own model",
    block: bool = True,
) -> "int | UserWindow":
    """Open the window on runs, or on your own model with runs beside it; by default, on the included runs.

    The functions may take and return NumPy arrays or tensors; the program finds out which. An `nn.Module`, or a method
    of one, is called on its own device and in evaluation mode. All functions are called in a worker thread, without
    gradients, on many rows at once. Every array argument may be a tensor.

    Parameters
    ----------
    encode
        Maps samples to codes ``(n, latent_dim)``, or to the pair (mean, log_variance) of a posterior.
    decode
        Maps codes to samples, flat or in a sample's shape. A generator needs nothing else: its plane then shows draws
        from a standard normal.
    samples
        Vectors ``(N, F)`` or pictures ``(N, H, W)``, ``(N, H, W, C)``, ``(N, C, H, W)``, as encode takes them.
    labels, class_names
        ``(N,)`` classes, as words or numbers; the names of classes 0, 1, ….
    classify
        A classifier of your own: maps samples to class ids ``(n,)`` or scores ``(n, classes)``. The window shows its
        prediction for each decode.
    codes
        Instead of encode: ``(N, latent_dim)``, or the pair (mean, log_variance).
    columns
        Further attributes for colouring the points: a dictionary of names and values ``(N,)``.
    latent_dim
        Needed if only decode is given and it is not a module that begins with a linear layer.
    value_range
        Lowest and highest possible value of a sample, if its dtype does not imply them.
    layout
        ``"HWC"`` or ``"CHW"``, if the shape of a picture is ambiguous.
    shape
        Shape of one picture, for example ``(28, 28)``, if samples are flat.
    axis
        ``(F,)`` positions of a signal's values; vectors are then drawn as lines.
    likelihood
        The distribution p(x|z) around a decode, in model values: a Gaussian of σ = 1, a Bernoulli, or ``"none"``. With
        ``"none"`` no samples are drawn from p(x|z), and the loss is that of the Gaussian.
    device
        Device on which functions that are not modules expect their tensors, for example ``"cuda"``.
    name
        The name of the model in the window.
    block
        If True, return the exit status once the window is closed; if False, return an
        `explorer.ui.app.user_window.UserWindow` at once, for runs as for a model of your own.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, if the arguments do not fit together; the message is one sentence.

    >>> explorer.explore(encode=vae.encode, decode=vae.decode, samples=x, labels=y)  # doctest: +SKIP
    """
    from pathlib import Path

    paths = [Path(run) for run in runs]
    given = (encode, samples, labels, classify, codes, columns, latent_dim, value_range, layout, shape, axis)
    if decode is None and any(each is not None for each in given):
        from explorer.config import ConfigError

        raise ConfigError("decode is required: it maps each code to a sample")
    from explorer.ui.app.user_window import explore_beside

    if decode is None:
        return explore_beside(paths, block=block)
    from explorer.jobs.user_model.user_samples import SampleFormat, UserModelSpec

    model = UserModelSpec(
        encode=encode,
        decode=decode,
        samples=samples,
        labels=labels,
        classify=classify,
        codes=codes,
        class_names=class_names,
        columns=columns or {},
        latent_dim=latent_dim,
        sample_format=SampleFormat(value_range, layout, shape, axis),
        likelihood=likelihood,
        device=device,
        name=name,
    )
    return explore_beside(paths, model, block=block)
