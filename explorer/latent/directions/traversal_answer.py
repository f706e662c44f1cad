"""The decoded rows of one section of a traversal, with everything that is shown about them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.directions.sections import Measured, Section
from explorer.latent.directions.traversal import TraversalRow
from explorer.latent.steps import Absent


@dataclass(frozen=True, eq=False)
class TraversalAnswer:
    """Some rows of a section, in the order in which they are shown.

    Attributes
    ----------
    z, probe
        The point ``(latent_dim,)``, and its decode ``(*shape)`` in the samples' own units.
    rows
        The decoded rows; an answer that is not complete is followed by one with more.
    first
        The number of the first of these rows in the section, from 0.
    keys
        The keys of all rows of the section in their order, such as "z6".
    ends, measured, notes
        As in `explorer.latent.directions.sections.SectionRows`.
    """

    section: Section
    z: NDArray[np.float32]
    probe: NDArray[np.float32]
    rows: tuple[TraversalRow, ...]
    first: int
    keys: tuple[str, ...]
    ends: tuple[str, str]
    measured: Measured
    notes: tuple[str, ...]
    is_complete: bool

    @property
    def change_unit(self) -> str:
        """Unit of the change between the decodes of both ends; "" if no row has any."""
        return next((row.change.unit for row in self.rows if not isinstance(row.change, Absent)), "")

    @property
    def measure_title(self) -> str:
        """Title of the column of `measure_of`: "KL, nats", "variance" or ""."""
        return "KL, nats" if self.measured == "kl" else self.measured

    def measure_of(self, row: TraversalRow) -> float | None:
        """Return the KL of a row in nats, or its share of the variance, by ``measured``; None if it is not known."""
        # One column for both: a model has a KL for each dimension, or its variance stands in.
        value = row.direction.kl if self.measured == "kl" else row.direction.share
        return None if not self.measured or isinstance(value, Absent) else value
