"""`Autoencoder`: a model family as a scikit-learn estimator, for pipelines, searches and cross-validation."""

from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from explorer.api.beside import open_beside
from explorer.api.loaded_run import LoadedRun
from explorer.api.run_model import Condition
from explorer.api.sample_layout import layout_of
from explorer.api.temporary_run import TemporaryRun, remove_temporary, temporary_folder
from explorer.api.training import OnProgress, train_to_end
from explorer.config import ConfigError, RunConfig
from explorer.data.live.live_data import LiveData
from explorer.jobs.runs.settings import build_config, free_run_path, named_assignments
from explorer.jobs.runs.train_run import TrainJob, new_run
from explorer.runs.run_folders import remove_run

MAX_SEED = 2**31 - 1
MAX_HELD_OUT = 0.9
MIN_SAMPLES = 3
"""One for training, one for validation, one for the figures of the test split."""


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """An autoencoder, a VAE or any other family with an encoder: `transform` returns the codes.

    `fit` trains a run as the command line does: for the same data, settings, seed and threads the weights are equal to
    the bit. Sample weights are not supported. Values are scaled by the run, and returned in the units of ``X``.

    Parameters
    ----------
    model
        Model family, see ``latent-explorer models``.
    latent_dim
        Number of latent dimensions.
    epochs, batch_size, learning_rate, hidden_widths, beta
        The settings of these names; None for the default of the family.
    held_out
        Share of the samples that the weights are not trained on: half of it for the validation curves, half for the
        figures of ``run_``. At least one sample each is held out; 1e-9 trains on all others.
    sample_shape
        Shape of one picture, ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``, if ``X`` has pictures as rows. Not needed if
        ``X`` has three or four dimensions.
    settings
        Any further settings by name, for example ``{"likelihood": "bernoulli", "threads": 1}``.
    out
        Folder to keep the run in; a number is appended if it exists. By default no files are left.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"`` or ``"xpu"``.
    random_state
        Seed of the training; None draws one from NumPy's global state.
    verbose
        If not 0, show a progress bar.

    Attributes
    ----------
    run_
        The trained run, an `explorer.api.LoadedRun`: curves, figures, plane, decodes.
    n_features_in_, feature_names_in_
        Number and names of the features of ``X``.

    >>> Autoencoder("vae", latent_dim=2, epochs=20, random_state=0).fit_transform(x)  # doctest: +SKIP
    """

    def __init__(
        self,
        model: str = "vae",
        latent_dim: int = 2,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        hidden_widths: tuple[int, ...] | int | None = None,
        beta: float | None = None,
        held_out: float = 0.2,
        sample_shape: tuple[int, ...] | None = None,
        settings: dict[str, Any] | None = None,
        out: str | PathLike[str] | None = None,
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.model = model
        self.latent_dim = latent_dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.hidden_widths = hidden_widths
        self.beta = beta
        self.held_out = held_out
        self.sample_shape = sample_shape
        self.settings = settings
        self.out = out
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on samples ``(n, F)``, ``(n, H, W)``, ``(n, H, W, C)`` or ``(n, C, H, W)``; rows may be sparse.

        Parameters
        ----------
        y
            Classes or numbers ``(n,)`` to colour the plane by. Classes are also represented in every split in
            proportion, and a conditional family learns them.

        Raises
        ------
        ConfigError, DataError
            If a parameter or the data is not valid; both are ValueErrors.
        """
        from scipy.sparse import csr_array

        # scikit-learn's own check: it also stores n_features_in_ and feature_names_in_.
        samples = self._checked(X, reset=True)
        layout = layout_of(samples.shape, self.sample_shape)
        config = self._config(flat=not layout.is_picture)
        # Sparse matrices of the old kind follow other rules, for example for *.
        rows = layout.to_model(csr_array(samples) if hasattr(samples, "tocsr") else samples)
        # Without the dimension of a single channel, which could be taken for another one.
        shown = rows[:, 0] if layout.is_picture and layout.model_shape[0] == 1 else rows
        names = tuple(map(str, getattr(self, "feature_names_in_", ()))) if not layout.is_picture else ()
        live = LiveData(shown, feature_names=names, **_colours(y, samples.shape[0]))
        shape = (rows.shape[0], *layout.model_shape)
        if self.out is None:
            path = temporary_folder(self.model)
            try:
                run = self._trained(config, path, live, shape)
            # Ctrl-C, too, would leave the folder behind.
            except BaseException:
                remove_temporary(path)
                raise
        else:
            run = self._trained(config, _free(Path(self.out)), live, shape)
        self._kept, self._layout = TemporaryRun(run, temporary=self.out is None), layout
        self._n_features_out = run.latent_dim
        return self

    @property
    def run_(self) -> LoadedRun:
        """The trained run; after unpickling it opens without its data."""
        kept: TemporaryRun | None = vars(self).get("_kept")
        if kept is None:
            raise AttributeError("the estimator has no run yet; call fit first")
        return kept.loaded

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the codes ``(n, latent_dim)`` of samples: the means of q(z|x)."""
        rows = self._model_rows(X)
        return self.run_.encode(rows)[0]

    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the means of p(x|z) for codes ``(n, latent_dim)``, in the form and units of the samples."""
        check_is_fitted(self)
        return self._samples(self.run_.decode(check_array(X, dtype=np.float32)))

    def sample(
        self,
        n_samples: int = 1,
        random_state: int | np.random.RandomState | None = None,
        condition: Condition | None = None,
    ) -> NDArray[np.float32]:
        """Draw codes from the prior and return their decodes, in the form and units of the samples.

        ``condition`` is the class to draw, for a conditional family.

        Raises
        ------
        ConfigError
            If the model has no prior, such as an autoencoder.
        """
        check_is_fitted(self)
        return self._samples(self.run_.sample(n_samples, _seed(random_state), condition))

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean ELBO of samples in nats, or minus the reconstruction loss if the family has no ELBO.

        Both use the sixteen fixed draws of ``latent-explorer evaluate``, and are of values as the run scales them.
        Compare scores only between settings with the same likelihood and the same kind of score.
        """
        rows = self._model_rows(X)
        return self.run_.score(rows)

    def explore(self, *, block: bool = True) -> Any:
        """Open the window on the run; see `explorer.explore`."""
        check_is_fitted(self)
        return open_beside({self.run_.path: self.run_.weights.choice}, block=block)

    def _trained(self, config: RunConfig, path: Path, live: LiveData, shape: tuple[int, ...]) -> LoadedRun:
        job = new_run(config, path, live=live, device=self.device)
        _check_unchanged(job, shape)
        return train_to_end(job, _progress_bar() if self.verbose else None)

    def _config(self, *, flat: bool) -> RunConfig:
        """Return the config of the run."""
        # The settings of the two splits, which would be named otherwise, are not known to the user.
        if not 0 < self.held_out <= MAX_HELD_OUT:
            raise ConfigError(f"held_out = {self.held_out}: must be above 0 and at most {MAX_HELD_OUT}")
        named = {
            "latent_dim": self.latent_dim,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            "hidden_widths": self.hidden_widths,
            "beta": self.beta,
            "validation_fraction": self.held_out / 2,
            "test_fraction": self.held_out / 2,
            "sample_shape": "vector" if flat else None,
            "seed": _seed(self.random_state),
        }
        given = {name: value for name, value in named.items() if value is not None} | dict(self.settings or {})
        return build_config(self.model, named_assignments(self.model, given))

    def _checked(self, samples: Any, *, reset: bool = False) -> Any:
        return validate_data(
            self,
            samples,
            reset=reset,
            accept_sparse="csr",
            dtype="numeric",
            allow_nd=True,
            ensure_min_samples=MIN_SAMPLES if reset else 1,
        )

    def _model_rows(self, samples: Any) -> Any:
        """Return samples in the form of the run, ``(n, *shape)``."""
        check_is_fitted(self)
        checked = self._checked(samples)
        layout_of(checked.shape, self._layout.shape if self._layout.is_picture else None)
        return self._layout.to_model(checked)

    def _samples(self, decoded: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._layout.from_model(decoded)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        # Models compute in float32.
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _seed(random_state: Any) -> int:
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(MAX_SEED))


def _free(path: Path) -> Path:
    return free_run_path(path.parent, path.name)


def _colours(y: Any, count: int) -> dict[str, Any]:
    """Return classes as labels, other numbers as a column; nothing for targets of several values."""
    if y is None:
        return {}
    values = np.asarray(y)
    values = values.reshape(-1) if values.ndim == 2 and values.shape[1] == 1 else values
    check_consistent_length(values, np.empty(count))
    if values.ndim != 1:
        return {}
    values = values.astype(str) if values.dtype.kind == "O" else values
    return {"labels": values} if type_of_target(values) in ("binary", "multiclass") else {"columns": {"y": values}}


def _check_unchanged(job: TrainJob, shape: tuple[int, ...]) -> None:
    """Raise ConfigError if a setting of the data has left out, or rearranged, what `transform` will be given."""
    found = (len(job.dataset), *job.dataset.description.shape)
    if found != shape:
        remove_run(job.run.path)
        raise ConfigError(
            f"the settings turn samples of shape {shape} into {found}; leave out settings that select or rearrange "
            "features, and pass the prepared X"
        )


def _progress_bar() -> OnProgress:
    """Return a callback that shows the steps of the training on standard error."""
    from tqdm import tqdm

    bar = tqdm(unit="step")

    def show(event: Any) -> None:
        bar.total = event.steps
        bar.update(event.step - bar.n)
        if event.step >= event.steps:
            bar.close()

    return show
