"""The question about the directions through a point: the decodes of codes along each direction.

1. `Traverse` asks for one section of rows: the latent dimensions, the principal directions of all codes or of the
   nearest ones, or attribute vectors.
2. Only ``count`` rows, beginning with ``first``, are decoded, so that a long section can be shown while it scrolls.
3. After each decoded row, the answer so far is yielded.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.queries.decode_questions import decode, same_class
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.directions.sections import (
    Section,
    SectionRows,
    dimension_section,
    local_section,
    principal_section,
    vector_section,
)
from explorer.latent.directions.traversal import Decode, Order, Span, decode_row
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.steps import Absent, Steps

MAX_ROWS = 64
"""Number of rows in one answer, unless another number is asked for."""


@dataclass(frozen=True)
class Traverse(Question):
    """Decode codes along the directions of one section, around ``z``.

    Attributes
    ----------
    z
        A code of latent_dim numbers.
    codes
        The codes of the run's samples; None if there are none.
    span
        The range of latent dimensions: ±3σ of the prior, or the central 99 % of the codes.
    steps
        Number of decodes in a row, at least 3; an even number is raised by one, so that the probe is in the middle.
    order
        The order of latent dimensions; principal directions are in the order of their variance.
    condition
        Class index for a conditional model; None for all others.
    vectors
        Attribute vectors with their names, for their section.
    """

    z: tuple[float, ...]
    codes: PlaneCodes | None = None
    section: Section = "dimensions"
    span: Span = "prior"
    steps: int = 13
    order: Order = "kl"
    first: int = 0
    count: int = MAX_ROWS
    condition: int | None = None
    vectors: tuple[tuple[str, tuple[float, ...]], ...] = ()

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `TraversalAnswer`, or `Absent` if the section is not defined; yield answers with fewer rows."""
        yield
        latent_dim = loaded.model.latent_dim
        # Planes of several runs share one probe.
        if len(self.z) != latent_dim:
            return Absent(f"The point has {len(self.z)} numbers, but the codes of this model have {latent_dim}.")
        z = np.array(self.z, np.float32)
        if not np.isfinite(z).all():
            return Absent("The code of the point is not finite.")

        def decode_codes(codes: NDArray[np.float32]) -> NDArray[np.float32]:
            return decode(loaded, codes, same_class(loaded, self.condition, len(codes)))

        found = yield from self._rows(loaded, z, decode_codes)
        if isinstance(found, Absent):
            return found
        return (yield from self._decoded(loaded, z, decode_codes, found))

    def _rows(self, loaded: LoadedModel, z: NDArray[np.float32], decode_codes: Decode) -> Steps[SectionRows | Absent]:
        if self.section == "vectors":
            return vector_section(self.vectors, len(z))
        if self.section == "principal":
            return (yield from principal_section(loaded.model, self.codes))
        if self.section == "local":
            return (yield from local_section(loaded.model, self.codes, z))
        work = dimension_section(loaded.model, loaded.description, self.codes, z, decode_codes, self.span, self.order)
        return (yield from work)

    def _decoded(
        self, loaded: LoadedModel, z: NDArray[np.float32], decode_codes: Decode, found: SectionRows
    ) -> Steps[TraversalAnswer]:
        # Decode it alone, as `DecodePoints` does: in a batch its last bits could differ.
        probe = decode_codes(z[None])[0]
        # The window may have scrolled a longer section than this run has.
        first = min(max(self.first, 0), len(found.directions))
        chosen = found.directions[first : first + max(self.count, 0)]
        keys = tuple(direction.key for direction in found.directions)
        about = (first, keys, found.ends, found.measured, found.notes)
        answer = TraversalAnswer(self.section, z, probe, (), *about, is_complete=not chosen)
        steps = max(3, self.steps | 1)
        for number, direction in enumerate(chosen, start=1):
            row = yield from decode_row(direction, z, steps, probe, decode_codes, loaded.description)
            answer = replace(answer, rows=(*answer.rows, row), is_complete=number == len(chosen))
            # The last one is returned, and would be reported twice.
            if not answer.is_complete:
                yield answer
        return answer
