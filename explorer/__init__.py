"""Latent Explorer: train autoencoders and VAEs, see their latent plane, decode under the mouse."""

# Each function here imports what it needs when it is called, so that ``import explorer`` takes milliseconds. Libraries
# that take long to import (scipy, scikit-learn, matplotlib, pooch and others) are imported throughout the package by
# the functions that use them, and the modules of commands import torch in the same way. A test checks that the window
# starts without them.

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from explorer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer import plot
    from explorer.api import LoadedRun
    from explorer.api.estimator import Autoencoder
    from explorer.config import RunConfig
    from explorer.jobs.tracking.tracker import Wanted
    from explorer.training.events import Progress
    from explorer.ui.notebook.user_window import UserWindow

__all__ = ["Autoencoder", "__version__", "explore", "load", "plot", "train"]


def __getattr__(name: str) -> Any:
    """Import `explorer.plot` and `explorer.Autoencoder` when they are first asked for."""
    if name == "plot":
        from importlib import import_module

        return import_module("explorer.plot")
    if name == "Autoencoder":
        from explorer.api.estimator import Autoencoder

        return Autoencoder
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")


def load(run: str | PathLike[str], weights: str | int = "final") -> "LoadedRun":
    """Open a run, given by its folder, with its final weights or with others that it keeps.

    >>> explorer.load("checkpoints/my-vae").evaluate()  # doctest: +SKIP
    >>> explorer.load("checkpoints/my-vae", weights="best").evaluate()  # doctest: +SKIP

    Parameters
    ----------
    weights
        ``"final"``, the newest; ``"best"``, those with the lowest validation loss; or a training step, 400 or
        ``"step 400"``, whose checkpoint the run keeps. Everything that the loaded run computes uses them.

    Raises
    ------
    ConfigError
        If ``weights`` is none of these.
    RunError
        If the folder is not a run, is damaged, or does not have these weights.
    """
    from explorer.api import load_run

    return load_run(run, weights)


def train(
    config: "RunConfig | None" = None,
    *,
    data: Any = None,
    labels: Any = None,
    out: str | PathLike[str] | None = None,
    model: str = "vae",
    device: str = "auto",
    overwrite: bool = False,
    on_progress: "Callable[[Progress], None] | None" = None,
    log: "Wanted" = None,
    **settings: Any,
) -> "LoadedRun":
    """Train a run to its end and open it.

    >>> explorer.train(data="digits", out="my-vae", latent_dim=2, epochs=30, beta=4)  # doctest: +SKIP
    >>> explorer.train(data=x, labels=y, model="ae")  # arrays in memory  # doctest: +SKIP

    Parameters
    ----------
    config
        The whole config. If None, it is built from ``data``, ``model`` and ``settings``.
    data
        The name or path of a data set, or data in memory of any type that `explore` takes. By default the data of the
        config, or the example data of the family. Data in memory is kept in the folder of the run if it takes at most
        1 GiB; otherwise the run opens later without its data.
    labels
        ``(N,)`` classes of data in memory, or the name of its column of classes.
    out
        The folder of the new run. By default a new one in the folder of runs, as on the command line.
    model
        The family of the model; ``latent-explorer models`` lists them.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"`` or ``"xpu"``.
    overwrite
        Whether to replace an existing run.
    on_progress
        Called with each `explorer.training.events.Progress`, at most 20 times a second.
    log
        Where to log the training: ``"tensorboard"``, ``"mlflow"``, ``"wandb"``, your own
        `explorer.jobs.tracking.tracker.Tracker`, or several of these. If one fails, a warning says so, and the training
        continues.
    **settings
        Any setting of the config by its name: ``latent_dim=2, epochs=30, seed=0, beta=4``.

    Raises
    ------
    ConfigError, DataError, RunError
        If a setting is invalid, the data is unusable, the folder already exists, or the training failed.
    """
    from explorer.api import train_new_run

    return train_new_run(
        config,
        data=data,
        labels=labels,
        out=out,
        model=model,
        device=device,
        overwrite=overwrite,
        on_progress=on_progress,
        log=log,
        **settings,
    )


def explore(
    *given: Any,
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
    """Open the window on your own model and its data, on runs, or on both; without arguments, on the included runs.

    The first argument may be any model; the program finds its encode and decode, and how they take their arguments:

    - a module with encode and decode, with encoder and decoder, or with only a forward such as (recon, mu, logvar);
    - a pair (encoder, decoder); an estimator of scikit-learn; a model of diffusers or pythae;
    - codes ``(N, latent_dim)``, or an object that holds some (``embedding_``, ``obsm``). Without a decoder, the window
      shows the real samples with the nearest codes instead of decodes.

    An `nn.Module`, or a method of one, is called on its own device and in evaluation mode. All functions are called in
    a worker thread, without gradients, on many rows at once.

    Parameters
    ----------
    given
        Paths of runs or loaded runs, then a model, its data, and the labels: ``explore(model, data, labels)``. A loaded
        run opens with its weights, a path with the final ones, and ``"my-vae@best"`` with the best. The data may be an
        array, a tensor, a DataFrame, xarray, AnnData, a sparse matrix, a data set or loader of PyTorch or Hugging Face,
        a list of pictures, of their paths or of texts, or the name of a data set.
    encode
        Instead of a model: maps samples to codes ``(n, latent_dim)``, or to the pair (mean, log_variance) of a
        posterior, or to a distribution.
    decode
        Maps codes to samples, flat or in a sample's shape. A generator needs nothing else: its plane then shows draws
        from a standard normal.
    samples
        The data that encode takes, of any type above: vectors ``(N, F)`` or pictures ``(N, H, W)``, ``(N, H, W, C)``
        or ``(N, C, H, W)``. Channels are added, removed or moved, and pictures flattened, as encode needs them.
    labels, class_names
        ``(N,)`` classes, as words or numbers, or the name of the column of the data that has them; the names of classes
        0, 1, ….
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
        `explorer.ui.notebook.user_window.UserWindow` at once, for runs as for a model of your own.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, if the arguments do not fit together; the message is one sentence.

    >>> explorer.explore(vae, x, y)  # doctest: +SKIP
    >>> explorer.explore(encode=vae.encode, decode=vae.decode, samples=x, labels=y)  # doctest: +SKIP
    """
    from explorer.api.beside import open_beside, split_given
    from explorer.config import ConfigError

    runs, model, data, given_labels = split_given(given)
    if (data is not None and samples is not None) or (given_labels is not None and labels is not None):
        raise ConfigError("samples and labels are given twice: pass them by position or by name")
    data, labels = (samples if data is None else data), (labels if given_labels is None else given_labels)
    if all(each is None for each in (model, encode, decode, codes)):
        if any(each is not None for each in (data, labels, classify, columns, latent_dim, value_range, shape, axis)):
            raise ConfigError("pass a model, as in explorer.explore(model, data), or its encode and decode")
        return open_beside(runs, block=block)
    from explorer.jobs.user_model.user_samples import SampleFormat, UserModelSpec

    spec = UserModelSpec(
        model=model,
        encode=encode,
        decode=decode,
        samples=data,
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
    return open_beside(runs, spec, block=block)
