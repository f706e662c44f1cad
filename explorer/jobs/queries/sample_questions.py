"""Questions about sheets of draws: from the prior, a range of codes, a fitted mixture, or around a code."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.codes.draw_sheet import SheetRequest, sheet_of_draws
from explorer.latent.steps import Steps


@dataclass(frozen=True)
class DrawSamples(Question):
    """Decode random codes, and find the training sample nearest to each decode.

    Attributes
    ----------
    z, words
        Codes of latent_dim numbers each, and where they come from, for a prior or a range: what
        `explorer.latent.codes.draw_sheet.codes_of_source` returned. Empty for other sources.
    has_data
        Whether the data was loaded when the question was asked; it is asked again once the data is loaded.
    """

    request: SheetRequest
    z: tuple[tuple[float, ...], ...] = ()
    words: str = ""
    has_data: bool = True

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `explorer.latent.codes.draw_sheet.SheetDraws`, or `Absent` with the reason."""
        yield
        # Reshape, because an empty array of codes is one-dimensional.
        z = np.array(self.z, np.float32).reshape(-1, loaded.model.latent_dim)
        return (
            yield from sheet_of_draws(loaded.model, loaded.description, loaded.dataset, self.request, z, self.words)
        )
