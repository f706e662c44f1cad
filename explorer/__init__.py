"""Latent Explorer: train autoencoders and VAEs, see their latent plane, decode under the hand.

The functions import what they need when they are called, so that ``import explorer`` is quick.
"""

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from explorer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.api import LoadedRun
    from explorer.config import RunConfig
    from explorer.training.events import Progress
    from explorer.ui.app.user_window import OwnWindow

__all__ = ["__version__", "explore", "load", "train"]


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
) -> "int | OwnWindow":
    """Open the window with some runs, or with those it ships with; or on a model of your own, and runs beside it.

    Functions take and give NumPy arrays or tensors, which is found out; an `nn.Module`, or a method of one, is called
    on its own device, in evaluation mode. They are called in a thread of the window's, without gradients, on many rows
    at once. Arrays may be tensors everywhere.

    Parameters
    ----------
    encode
        Samples to codes ``(n, latent_dim)``, or to the pair (mean, log_variance) of a posterior.
    decode
        Codes to samples, flat or in a sample's shape. It alone is enough for a generator: its plane then shows draws
        from a standard normal.
    samples
        Vectors ``(N, F)`` or pictures ``(N, H, W)``, ``(N, H, W, C)``, ``(N, C, H, W)``, as encode takes them.
    labels, class_names
        ``(N,)`` classes, words or numbers; the names of classes 0, 1, ….
    classify
        A classifier of yours, samples to class ids ``(n,)`` or scores ``(n, classes)``; what it says of each decode is
        shown.
    codes
        In place of encode: ``(N, latent_dim)``, or the pair (mean, log_variance).
    columns
        Further attributes to colour by, ``(N,)`` each, by name.
    latent_dim
        Needed where decode alone is given, and is no module that begins with a linear layer.
    value_range
        Lowest and highest possible value of a sample, where its type does not say it.
    layout
        ``"HWC"`` or ``"CHW"``, where a picture's shape leaves it open.
    shape
        Of one picture, where samples are flat: ``(28, 28)``.
    axis
        ``(F,)`` the places of a signal's values; vectors are then drawn as lines.
    likelihood
        What p(x|z) is around a decode, in model values: a Gaussian of σ = 1, a Bernoulli, or nothing that can be drawn
        from; costs are then those of the Gaussian.
    device
        For functions that are no modules: where their tensors are, ``"cuda"``.
    name
        As it is called in the window.
    block
        Whether to return only when the window is closed, with its exit status; else an
        `explorer.ui.app.user_window.OwnWindow` is returned at once, for runs as for a model of your own.

    Raises
    ------
    ConfigError, DataError
        In one sentence, before the window opens, for whatever does not fit together.

    >>> explorer.explore(encode=vae.encode, decode=vae.decode, samples=x, labels=y)  # doctest: +SKIP
    """
    from pathlib import Path

    paths = [Path(run) for run in runs]
    given = (encode, samples, labels, classify, codes, columns, latent_dim)
    if decode is None and any(each is not None for each in given):
        from explorer.config import ConfigError

        raise ConfigError("decode is needed: it makes a sample of each code")
    from explorer.ui.app.user_window import explore_beside

    if decode is None:
        return explore_beside(paths, block=block)
    from explorer.jobs.user_model.user_model import UserModelSpec
    from explorer.jobs.user_model.user_samples import SampleFormat

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
