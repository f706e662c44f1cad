"""Diagnose a run on disk or an open run: run all checks. A new notice is a file with its check, listed in `CHECKS`.

1. `notices_of` and `evidence_of` collect the `Evidence`: settings, curves, and the newest codes.
2. Each check gets the evidence and the current notice of its kind, and returns a notice or None.
3. A current notice needs clearer evidence to be removed than it needed to appear, so that it does not flicker.
4. Notices that another one explains are dropped: a learning rate that is too high also collapses posteriors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.jobs.diagnosis import (
    adversary,
    code_line,
    dead_units,
    learning_rate,
    outliers,
    overfitting,
    posterior_collapse,
    shrunk_posterior,
    train_further,
)
from explorer.jobs.diagnosis.evidence import Check, Codes, Evidence
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.metrics.codes.active_units import count_active
from explorer.latent.steps import Steps
from explorer.models import catalog
from explorer.runs.files import RunError
from explorer.runs.history import History
from explorer.runs.run_directory import RunDirectory
from explorer.runs.weights_choice import RunWeights

CHECKS: tuple[Check, ...] = (
    outliers.check,
    outliers.check_scaling,
    learning_rate.check,
    posterior_collapse.check_whole,
    posterior_collapse.check_dimensions,
    shrunk_posterior.check,
    code_line.check,
    overfitting.check,
    dead_units.check,
    adversary.check,
    train_further.check,
)
"""The checks in the order in which their notices are shown: causes first, and last what is a remark in any case."""


def diagnose(evidence: Evidence, standing: Sequence[Notice] = ()) -> tuple[Notice, ...]:
    """Return the notices of a run, the causes first.

    Parameters
    ----------
    standing
        The current notices, from the last call.
    """
    before = {notice.kind: notice for notice in standing}
    found = {check: notice for check in CHECKS if (notice := check(evidence, before.get(check.kind))) is not None}
    # The consequences of a known cause are not problems of their own.
    explained = {kind for check in found for kind in check.explains}
    return tuple(notice for check, notice in found.items() if check.kind not in explained)


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


def notices_of(run: RunDirectory, weights: RunWeights | None = None) -> tuple[Notice, ...]:
    """Return the notices of a run on disk from its curves and its stored codes; unreadable codes are ignored.

    ``weights`` are those in use, by default the newest; codes of other weights are ignored, too.
    """
    state, family = run.state, catalog.family(run.config.model.family)
    return diagnose(
        Evidence(
            config=run.config,
            family=family,
            capabilities=family.model_type.capabilities,
            history=run.history,
            codes=_stored_codes(run, weights),
            status=state.status,
            reason=state.reason,
            description=run.description,
        )
    )


def evidence_of(run: OpenRun, unit: Unit = NATS) -> Evidence:
    """Return the evidence about an open run; during training, its codes are those of the live plane.

    ``unit`` is that in which notices write information.
    """
    plane = run.plane
    # Draws from the prior, as for a GAN, are not codes of an encoder.
    codes = None if plane is None or plane.drawn else Codes(plane.step, plane.mean, plane.log_variance, plane.index)
    # What the user's own program logs has other definitions than the losses of a family.
    history = History() if run.is_user_model else run.history
    return Evidence(
        run.config, run.family, run.capabilities, history, codes, run.status, run.reason, unit, run.description
    )


def _active_units(evidence: Evidence) -> int | None:
    codes = evidence.codes
    if codes is None or not codes.are_finite or not evidence.capabilities.stochastic_posterior:
        return None
    return count_active(codes.mean)


def _stored_codes(run: RunDirectory, weights: RunWeights | None) -> Codes | None:
    try:
        latents = run.latents()
    except RunError:
        return None  # the curves are still enough for most checks
    if latents is None or latents.drawn:
        return None
    # The newest weights of a killed run may be a little newer than its codes; others may differ from them in all.
    if weights is not None and not weights.is_newest and weights.step != latents.step:
        return None
    return Codes(latents.step, latents.mean, latents.log_variance, latents.index)
