"""Examples with values of the session: a pixel and q(z|x) of the followed sample, and the codes of the active run.

1. The probe's sample is asked for by a `LiveQuestion`, with ε = 0.
2. `reasons` says which examples have no values, and what to do. `values` gives those of the others.
3. ``changed`` is emitted when either may have changed.
"""

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.queries.follow_sample import FollowSample, ForwardPass
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.density.class_gaussians import aggregate_moments
from explorer.latent.information.presets import Outcomes, aggregate_pair, pixel_outcomes, posterior_dimension
from explorer.latent.plane.projection import dimension_name
from explorer.session import View
from explorer.ui.decode.decode_state import framed_run
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion

FOLLOW = "first click a point, to follow its sample"
NO_RUN = "open a run with an encoder first"
LEARNED = "the prior of this run is learned, not N(0, 1)"


class RunPresets(QObject):
    """Values of the followed sample and of the active run.

    Signals
    -------
    changed
        The values have changed, or there are none now.
    """

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session = state.store, state.session
        self._pass: ForwardPass | None = None
        self._is_active = False
        self._question = LiveQuestion(state.asker, self._on_answer, self._wanted, share=0.1, parent=self)
        state.session.listen(self.show_view)
        for signal in (state.store.details_changed, state.store.opened, state.store.closed):
            signal.connect(self._follow)
        self._follow()

    def set_active(self, active: bool) -> None:
        """Follow the session, or ask nothing while the window is hidden."""
        self._is_active = active
        self._follow()

    def show_view(self, old: View, new: View) -> None:
        """Follow another sample or run."""
        if (old.probe, old.panes, old.active) != (new.probe, new.panes, new.active):
            self._follow()

    @property
    def is_waiting(self) -> bool:
        """Whether the forward pass of a sample is being computed."""
        return self._pass is None and self._wanted() is not None

    def reasons(self) -> dict[str, str]:
        """Return, for each example that needs a run, why it has no values; "" if it has."""
        run = framed_run(self._session.view, self._store.runs)
        found = self._pass
        pixel = FOLLOW
        if found is not None and run is not None:
            pixel = (
                ""
                if _pixel(run, found) is not None
                else "the followed sample has no values from 0 to 1 that could be probabilities"
            )
        posterior = FOLLOW if found is None else ""
        if found is not None and found.log_variance is None:
            posterior = "the encoder of this run returns points, without a distribution q(z|x)"
        elif found is not None and run is not None and run.capabilities.learned_prior:
            posterior = LEARNED
        return {"pixel": pixel, "posterior": posterior, "aggregate": self._why_no_codes()}

    def values(self, name: str) -> dict[str, Any] | None:
        """Return the values of an example; None if it has none."""
        if self.reasons()[name]:
            return None
        if name == "aggregate":
            return self._aggregate()
        found = self._pass
        assert found is not None
        run = framed_run(self._session.view, self._store.runs)
        if name == "pixel":
            return {"outcomes": None if run is None else _pixel(run, found)}
        assert found.log_variance is not None
        index, q = posterior_dimension(found.mean, found.log_variance)
        return {"q": q, "q_name": f"q({dimension_name(index)}|x)", "q_of": f" of sample {found.sample}"}

    def _active(self) -> OpenRun | None:
        return self._store.runs.get(self._session.view.active_run or "")

    def _why_no_codes(self) -> str:
        run = self._active()
        if run is None or run.plane is None or run.plane.drawn or not len(run.plane.mean):
            return NO_RUN
        if run.capabilities.learned_prior:
            return LEARNED
        return "" if run.capabilities.prior else f"{run.name} has no prior to compare its codes with"

    def _aggregate(self) -> dict[str, Any] | None:
        run = self._active()
        assert run is not None and run.plane is not None
        moments = aggregate_moments(run.plane.mean, run.plane.log_variance, run.plane.scale_tril)
        return None if moments is None else {"pair": aggregate_pair(moments)}

    def _wanted(self) -> FollowSample | None:
        view = self._session.view
        run = framed_run(view, self._store.runs)
        probe = view.probe
        if not self._is_active or run is None or probe is None or probe.sample is None or run.dataset is None:
            return None
        return FollowSample(run.key, probe.sample) if run.capabilities.encoder else None

    @Slot()
    @Slot(str)
    def _follow(self, key: str = "") -> None:
        wanted = self._wanted()
        if wanted is None:
            self._question.drop()
            self._pass = None
        elif wanted != self._question.asked:
            self._pass = None
            self._question.ask(wanted)
        self.changed.emit()

    def _on_answer(self, answer: Answer) -> None:
        self._pass = answer.value if isinstance(answer.value, ForwardPass) else None
        self.changed.emit()


def _pixel(run: OpenRun, found: ForwardPass) -> Outcomes | None:
    """Return the pixel of the sample whose decode costs most; None if its values are not probabilities."""
    apply = run.description.transform.apply
    values = [np.asarray(apply(one), np.float64) for one in (found.x, found.decoded)]
    if run.description.kind != "image" or not run.description.unit_range:
        return None
    # Rounding may leave a decode of 1 just above it.
    return pixel_outcomes(values[0].clip(0, 1), values[1].clip(0, 1))
