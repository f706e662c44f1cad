"""A diagnosis of a run on disk, and of one that is open."""

from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.jobs.diagnosis.diagnose import diagnose
from explorer.jobs.diagnosis.evidence import Codes, Evidence
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.metrics.codes.active_units import count_active
from explorer.latent.steps import Steps
from explorer.models import catalog
from explorer.runs.errors import RunError
from explorer.runs.run_directory import RunDirectory


@dataclass(frozen=True)
class Diagnosis:
    """What is to be said of a run at one moment.

    ``active_units`` is how many latent dimensions have means of a variance above 0.01 over the samples of the plane
    (Burda et al. 2016); None where the posterior is a point, or until there are codes.
    """

    notices: tuple[Notice, ...] = ()
    active_units: int | None = None


@dataclass(frozen=True, eq=False)
class Diagnose(Question):
    """Look for trouble in a run; what ``standing`` says stays until it is clearly over."""

    evidence: Evidence
    standing: tuple[Notice, ...] = ()

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Diagnosis`."""
        yield
        return diagnosis_of(self.evidence, self.standing)


def diagnosis_of(evidence: Evidence, standing: tuple[Notice, ...] = ()) -> Diagnosis:
    """Look at a run; what ``standing`` says stays until it is clearly over."""
    return Diagnosis(diagnose(evidence, standing), _active_units(evidence))


def notices_of(run: RunDirectory) -> tuple[Notice, ...]:
    """Diagnose a run by its curves and its stored codes; codes that cannot be read tell nothing."""
    state, family = run.state, catalog.family(run.config.model.family)
    return diagnose(
        Evidence(
            config=run.config,
            family=family,
            capabilities=family.model_type.capabilities,
            history=run.history,
            codes=_stored_codes(run),
            status=state.status,
            reason=state.reason,
        )
    )


def evidence_of(run: OpenRun) -> Evidence:
    """Return what is known of an open run; while it trains, of its live plane."""
    plane = run.plane
    # Rows that are draws from the prior, as of a GAN, say nothing of an encoder.
    codes = None if plane is None or plane.drawn else Codes(plane.step, plane.mean, plane.log_variance)
    return Evidence(run.config, run.family, run.capabilities, run.history, codes, run.status, run.reason)


def _active_units(evidence: Evidence) -> int | None:
    codes = evidence.codes
    if codes is None or not codes.are_finite or not evidence.capabilities.stochastic_posterior:
        return None
    return count_active(codes.mean)


def _stored_codes(run: RunDirectory) -> Codes | None:
    try:
        latents = run.latents()
    except RunError:
        return None  # curves still tell something
    if latents is None or latents.drawn:
        return None
    return Codes(latents.step, latents.mean, latents.log_variance)
