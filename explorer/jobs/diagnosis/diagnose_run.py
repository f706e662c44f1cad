"""Diagnose a run on disk or an open run."""

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
    """The problems of a run at one moment.

    ``active_units`` is the number of latent dimensions whose posterior mean has a variance above 0.01 over the samples
    of the plane (Burda et al. 2016); None for a point posterior, or before there are codes.
    """

    notices: tuple[Notice, ...] = ()
    active_units: int | None = None


@dataclass(frozen=True, eq=False)
class Diagnose(Question):
    """Diagnose a run; the notices in ``standing`` stay until their problem is clearly over."""

    evidence: Evidence
    standing: tuple[Notice, ...] = ()

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Diagnosis`."""
        yield
        return diagnosis_of(self.evidence, self.standing)


def diagnosis_of(evidence: Evidence, standing: tuple[Notice, ...] = ()) -> Diagnosis:
    """Return the diagnosis of a run; the notices in ``standing`` stay until their problem is clearly over."""
    return Diagnosis(diagnose(evidence, standing), _active_units(evidence))


def notices_of(run: RunDirectory) -> tuple[Notice, ...]:
    """Return the notices of a run on disk from its curves and its stored codes; unreadable codes are ignored."""
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
    """Return the evidence about an open run; during training, its codes are those of the live plane."""
    plane = run.plane
    # Draws from the prior, as for a GAN, are not codes of an encoder.
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
        return None  # the curves are still enough for most checks
    if latents is None or latents.drawn:
        return None
    return Codes(latents.step, latents.mean, latents.log_variance)
