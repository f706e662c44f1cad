"""Questions about an input of the user: fitted to the data of a run and encoded by its model."""

from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.data.own_input.fit_input import fit_input
from explorer.data.own_input.picture_style import style_of
from explorer.data.own_input.row_input import default_cells
from explorer.data.own_input.sources import InputSource
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.codes.encode_input import encode_input
from explorer.latent.steps import Absent, Steps


@dataclass(frozen=True)
class EncodeInput(Question):
    """Fit an input to the data of the run, and encode it.

    Attributes
    ----------
    source
        The input, the same for all runs; each fits it to its own data.
    choices
        Whether to do each named step of the fitting; all other steps are chosen automatically.
    condition
        Class index of the input for a conditional model; None for unknown.
    has_data
        Whether the data was loaded when the question was asked; it is asked again once the data is loaded.
    """

    source: InputSource
    choices: tuple[tuple[str, bool], ...] = ()
    condition: int | None = None
    has_data: bool = True

    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.latent.codes.encode_input.EncodedInput`, or `Absent` with why the input does not fit."""
        yield
        try:
            fitted = fit_input(self.source, loaded.description, loaded.dataset, dict(self.choices))
        # Return the error as an answer: several runs are asked, and each gives its reason.
        except (DataError, ConfigError) as error:
            return Absent(str(error))
        yield
        return (yield from encode_input(loaded.model, loaded.description, loaded.dataset, fitted, self.condition))


@dataclass(frozen=True)
class FindPictureStyle(Question):
    """Find what the pictures of the run have in common: background, ink, and the width of strokes for a brush."""

    has_data: bool = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `PictureStyle`, or None if the samples are not pictures or the data is not loaded."""
        yield
        if loaded.dataset is None or loaded.description.kind != "image":
            return None
        return style_of(loaded.dataset)


@dataclass(frozen=True)
class FindRowDefaults(Question):
    """Find the medians and most frequent words of a table: the initial values of the form for a row."""

    has_data: bool = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `default_cells`, empty if the samples have no named columns or the data is not loaded."""
        yield
        if loaded.dataset is None or loaded.description.kind != "vector":
            return ()
        return default_cells(loaded.dataset)
