"""Requests about the blend: its decode, its comparison, and the pictures of pins and kept blends.

1. `follow` asks for the decode at once, at each move of the handle; only the newest question waits.
2. The comparison is asked for once the blend has been at rest for `REST_MILLISECONDS`. The one before stays meanwhile.
3. Pins that are samples are shown by their pictures; those that are codes, and kept blends, by their decodes.
4. When weights, codes or data of the run change, all is asked again; while it trains, the last two within `SHARE`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.queries.blend_questions import BlendSamples, CompareBlend, DecodeBlends
from explorer.jobs.queries.decode_questions import Decodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.blends.blend import BlendComparison, DecodedBlend
from explorer.session import Blend, KeptBlend, Waypoint
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.state.rest_timer import RestTimer

REST_MILLISECONDS = 150
"""Milliseconds without a change of the blend before it is compared."""
SHARE = 0.3
"""Maximum share of the time for less urgent questions about newer weights while the run trains."""

Picture = NDArray[Any]


class BlendQuestions(QObject):
    """Asks about one blend, and holds the newest answers.

    Attributes
    ----------
    decoded, comparison
        The newest answers; None without any.

    Signals
    -------
    decoded_changed, compared, pictures_changed
        There is a new decode, a new comparison, or a new picture of a pin or a kept blend.
    """

    decoded_changed = Signal()
    compared = Signal()
    pictures_changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session = state.store, state.session
        self.decoded: DecodedBlend | None = None
        self.comparison: BlendComparison | None = None
        self._blend: Blend | None = None
        self._kept: tuple[KeptBlend, ...] = ()
        self._condition: int | None = None
        self._decodes: dict[Blend, Picture] = {}
        self._live = LiveQuestion(state.asker, self._on_decoded, self.decode_question, parent=self)
        self._compare = LiveQuestion(
            state.asker, self._on_compared, self.compare_question, share=SHARE, follows_weights=False, parent=self
        )
        self._others = LiveQuestion(state.asker, self._on_others, self._others_question, share=SHARE, parent=self)
        self._rest = RestTimer(state.asker, REST_MILLISECONDS, self)
        self._rest.timeout.connect(self._compare.refresh)
        for signal in (self._store.plane_changed, self._store.details_changed):
            signal.connect(self._on_run)

    def follow(self, blend: Blend | None, kept: Sequence[KeptBlend]) -> None:
        """Ask about a blend, and for the pictures of the kept ones."""
        before, self._blend, self._kept = self._blend, blend, tuple(kept)
        if blend is None or before is None or before.run != blend.run:
            self._forget()
        # Another class changes every decode, so all pictures are asked for again.
        condition, self._condition = self._condition, self._session.view.condition
        if condition != self._condition:
            self._decodes = {}
        question = self.decode_question()
        if question is not None and question != self._live.asked:
            self._live.ask(question, supersedes=False)
            # Begun again at each move, so that it ends only once the blend rests.
            self._rest.begin()
        # The pictures of the pins do not depend on their weights.
        if self._needed() - self._decodes.keys() or self._others.asked is None:
            self._ask_others()

    def drop(self) -> None:
        """Ask nothing until `follow` is called."""
        self._rest.stop()
        for live in (self._live, self._compare, self._others):
            live.drop()

    def picture_of(self, pin: Waypoint) -> Picture | None:
        """Return the picture ``(*shape)`` of a pin: the sample, or the decode of a code; None until it is known."""
        run, blend = self._run, self._blend
        if pin.sample is not None and run is not None and run.dataset is not None and pin.sample < len(run.dataset):
            picture: Picture = run.dataset.rows(np.array([pin.sample]))[0]
            return picture
        return None if blend is None else self._decodes.get(alone(blend, pin))

    def decode_of(self, blend: Blend) -> Picture | None:
        """Return the decode ``(*shape)`` of a kept blend; None until it is known."""
        return self._decodes.get(blend)

    @property
    def _run(self) -> OpenRun | None:
        key = self._blend.run if self._blend is not None else self._kept[0].blend.run if self._kept else None
        return self._store.get(key)

    def _forget(self) -> None:
        self.drop()
        # Pictures of another run would be shown under the name of this one.
        self.decoded = self.comparison = None
        self._decodes = {}

    def decode_question(self) -> BlendSamples | None:
        """Return the question for the decode of the blend."""
        run, blend = self._run, self._blend
        if run is None or blend is None:
            return None
        return BlendSamples(run.key, blend.pins, blend.weights, class_of_point(run, self._session.view.condition))

    def compare_question(self) -> CompareBlend | None:
        """Return the question for the comparison of the blend."""
        run, blend = self._run, self._blend
        if run is None or blend is None:
            return None
        condition, has_data = class_of_point(run, self._session.view.condition), run.dataset is not None
        return CompareBlend(run.key, blend.pins, blend.weights, condition, run.plane, has_data)

    def _needed(self) -> set[Blend]:
        """Return the blends whose decodes are shown: kept ones, and pins that are codes."""
        run, blend = self._run, self._blend
        pins = () if blend is None else blend.pins
        without = [pin for pin in pins if pin.sample is None or run is None or run.dataset is None]
        return {kept.blend for kept in self._kept} | {alone(blend, pin) for pin in without if blend is not None}

    def _others_question(self) -> DecodeBlends | None:
        run, needed = self._run, self._needed()
        if run is None or not needed:
            return None
        # In a fixed order: a set has none, and equal questions must compare equal.
        blends = tuple(sorted(needed, key=repr))
        return DecodeBlends(run.key, blends, class_of_point(run, self._session.view.condition))

    def _ask_others(self) -> None:
        question = self._others_question()
        # Not again while the same question waits: each move of a pin calls this.
        if question is not None and (question != self._others.asked or not self._others.waits):
            self._others.ask(question)

    def _on_decoded(self, answer: Answer) -> None:
        if isinstance(answer.value, DecodedBlend):
            self.decoded = answer.value
            self.decoded_changed.emit()
            if not self._compare.waits and not self._rest.isActive():
                self._compare.refresh()  # newer weights

    def _on_compared(self, answer: Answer) -> None:
        if isinstance(answer.value, BlendComparison):
            self.comparison = answer.value
            self.compared.emit()

    def _on_others(self, answer: Answer) -> None:
        if isinstance(answer.value, Decodes) and isinstance(answer.question, DecodeBlends):
            pictures = dict(zip(answer.question.blends, answer.value.pictures, strict=True))
            # Only what is still shown.
            self._decodes = {
                **{blend: old for blend, old in self._decodes.items() if blend in self._needed()},
                **pictures,
            }
            self.pictures_changed.emit()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        """Compare with the new codes of the run, or with its data, which were loaded."""
        if (
            self._live.asked is not None
            and key == self._live.asked.run
            and self.compare_question() != self._compare.asked
        ):
            self._compare.refresh()
            self.pictures_changed.emit()


def alone(blend: Blend, pin: Waypoint) -> Blend:
    """Return a blend of one pin alone, whose decode is that of the pin to the bit."""
    return Blend(blend.run, (pin,), (1.0,))
