"""What one sample's log p(x) is and what its ELBO lacks, found once for whoever asks."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.absent import Absent
from explorer.latent.bound.sample_bound import IMPORTANCE_SAMPLES, SampleBound, bound_of_sample
from explorer.latent.steps import Steps, pausing
from explorer.models.latent_model import LatentModel, NotDefined

KEPT = 4
"""Bounds that are kept with a model: the panel and the plane ask for the same one."""

_known: WeakKeyDictionary[LatentModel, dict[tuple[int, int], SampleBound | None]] = WeakKeyDictionary()
"""None for one that is being worked on. Only the thread that owns a model has it as a key."""


@dataclass(frozen=True)
class FindBound(Question):
    """Find the bound of a sample; see `explorer.latent.bound.sample_bound`."""

    sample: int
    draws: int = IMPORTANCE_SAMPLES

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `SampleBound`, `Absent` with why where it is not defined, or None where the data is not at hand."""
        yield
        try:
            return (yield from bound_once(loaded, self.sample, self.draws))
        except NotDefined as lack:
            return Absent(str(lack))


def bound_once(
    loaded: LoadedModel, sample: int, draws: int = IMPORTANCE_SAMPLES
) -> Generator[None, None, SampleBound | None]:
    """Find the bound of a sample, or wait for another question that does; None where the data is not at hand.

    Raises
    ------
    NotDefined
        As `bound_of_sample`.
    """
    if loaded.dataset is None or not 0 <= sample < len(loaded.dataset):
        return None
    known, key = _known.setdefault(loaded.model, {}), (sample, draws)
    while key in known:
        found = known[key]
        if found is not None:
            return found
        yield
    known[key] = None
    try:
        found = yield from pausing(bound_of_sample(loaded.model, loaded.dataset, sample, draws))
    finally:  # whoever waits goes on with it, if this question is dropped
        known.pop(key, None)
    known[key] = found
    for old in [each for each, bound in list(known.items()) if bound is not None][:-KEPT]:
        del known[old]
    return found
