"""The overlays of one plane: when each is drawn or computed, and what is shown until its answer arrives.

1. The View, the codes or the model change (`refresh`), or the plane is moved (`_on_moved`).
2. Overlays that need no model are drawn immediately, if their `OverlayDrawing` differs from the shown one.
3. For the others a timer collects further changes, or waits until the plane rests. Then each overlay makes its
   question from the `Scene`. If the current model has answered that question before, the kept answer is shown.
4. A question changed by the user is asked immediately and replaces the previous one. A question changed only by newer
   weights waits for the previous answer, and during training also for the overlays' share of the time.
5. The worker answers, coarse results first. An answer replaces the shown parts only if it is better: finer parts of
   the same points stay until equally fine ones arrive.
6. After the final answer `refresh` starts again, for changes that happened meanwhile.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.overlays.catalog import NAMES, overlays
from explorer.jobs.overlays.overlay import Overlay, OverlayDrawing, OverlayQuestion
from explorer.jobs.plane.scene import Scene
from explorer.jobs.workers.inference import Answer
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Level, Outside, OverlayResult, Shading, outside_parts
from explorer.session import FIRST_OVERLAYS
from explorer.ui.plane.overlays.lit_overlays import LitOverlays
from explorer.ui.plane.overlays.overlay_item import OverlayItem, cell_of
from explorer.ui.plane.overlays.plane_notes import PlaneNotes, PlaneNotesItem
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.state.panes import COMPARED_BY
from explorer.ui.state.rest_timer import RestTimer

SOON_MILLISECONDS, REST_MILLISECONDS = 40, 120
"""Delay after a change of the View, to collect others, and time that the plane must rest after a move."""
SHARE = 0.15
"""During training, maximum share of the time for recomputing an overlay with newer weights."""
MIN_SECONDS = 0.2
"""Minimum seconds between an answer and the next question for newer weights."""
MAX_KEPT = 8
"""Number of answers kept per overlay, for undo and for panning back."""
HEIGHTS: dict[Level, float] = {"under": -0.5, "over": 0.5, "above": 1.0, "edge": 1.5}
NOTES = 3.0
"""z values of the items; the points have 0, the marks 2."""


@dataclass
class _Shown:
    """The state of one overlay: its item, its last drawing and question, and its last answer.

    ``version`` counts the run's models: an answer belongs to a question and a version. ``by_user`` is True if the user
    has changed the question, not only the model. ``wanting`` is what the user has to do to see the overlay.
    """

    item: OverlayItem
    question: LiveQuestion
    drawing: OverlayDrawing | None = None
    wanting: str = ""
    asked: OverlayQuestion | None = None
    version: int = 0
    by_user: bool = False
    answer: OverlayResult | None = None
    answered: OverlayQuestion | None = None
    answered_version: int = 0
    kept: OrderedDict[tuple[OverlayQuestion, int], OverlayResult] = field(default_factory=OrderedDict)


class OverlayLayer(QObject):
    """Shows the overlays that the View switches on.

    Signals
    -------
    drawn
        The overlays may have changed.
    """

    drawn = Signal()

    def __init__(self, plot: PlotArea, codes: PaneCodes, state: AppState) -> None:
        super().__init__(plot)
        self._plot, self._codes = plot, codes
        self._session, self._trainings, self._asker = state.session, state.trainings, state.asker
        self._themes, self._view_box = plot.themes, plot.view_box
        self._shown: dict[str, _Shown] = {}
        self._version = 0
        self._by_user = False  # whether the user has changed the View or the visible part since the last questions
        self.notes = PlaneNotesItem(self._themes.theme, self._themes.scale)
        self.notes.setZValue(NOTES)
        self._view_box.addItem(self.notes, ignoreBounds=True)
        self._soon = RestTimer(state.asker, SOON_MILLISECONDS, self)
        self._soon.timeout.connect(self._ask)
        plot.shown.connect(self.refresh)
        plot.hidden.connect(self.stop)
        plot.camera.moved.connect(self._on_moved)
        self.lit = LitOverlays(plot, codes, state.probing, self.item, self)
        self.lit.changed.connect(self._show_lit)
        state.store.weights_changed.connect(self._on_model)
        state.store.details_changed.connect(self._on_run)
        self._units = state.units
        state.units.changed.connect(self._on_unit)
        self._themes.changed.connect(self._apply_theme)

    def item(self, name: str) -> OverlayItem | None:
        """Return the item of an overlay; None if it is off or not defined."""
        return self._shown[name].item if name in self._shown else None

    def results(self) -> dict[str, OverlayResult]:
        """Return what each overlay shows now, by name, for a saved picture."""
        return {
            name: OverlayResult(
                (*shown.item.parts, *shown.item.drawn), "" if shown.answer is None else shown.answer.words
            )
            for name, shown in self._shown.items()
        }

    @property
    def is_at_edge(self) -> bool:
        """Whether an overlay is drawn along the plane's edges."""
        return any(overlay.level == "edge" for overlay in self._wanted())

    @property
    def waits(self) -> bool:
        """Whether a question is pending or about to be asked."""
        return self._soon.isActive() or any(shown.question.waits for shown in self._shown.values())

    @Slot()
    def refresh(self, *, by_user: bool = False) -> None:
        """Draw overlays that need no model, and schedule questions for the others; ``by_user`` for a user's change."""
        if self._session.view.overlays or self._shown:  # an undefined overlay has a note
            self._by_user = self._by_user or by_user
            self._draw()
            # A running timer is not restarted, or a steady stream of changes would postpone the questions for ever.
            if not self._soon.isActive() or (by_user and self._soon.remainingTime() > SOON_MILLISECONDS):
                self._soon.begin(SOON_MILLISECONDS)

    def outside(self, box: Box) -> tuple[Outside, ...]:
        """Return what the overlays draw, or would draw, outside a box of the plane."""
        found = []
        for overlay in overlays() if self._shown else ():
            shown = self._shown.get(overlay.name)
            if shown is None:
                continue
            left_out = None if shown.answer is None else shown.answer.outside
            if left_out is None and overlay.things is not None:
                left_out = outside_parts((*shown.item.parts, *shown.item.drawn), box, overlay.things)
            found.append(left_out)
        return tuple(outside for outside in found if outside is not None)

    def set_front(self, row: int | None) -> None:
        """Draw the image of the point in this row above the others."""
        for shown in self._shown.values():
            shown.item.set_front(row)

    def clear(self) -> None:
        """Remove all overlays, for another run."""
        for name in list(self._shown):
            self._drop(name)
        self._version += 1
        self._show_notes()

    @Slot()
    def _on_unit(self) -> None:
        self.refresh(by_user=True)

    @Slot()
    def stop(self) -> None:
        """Ask no further questions until the next `refresh`."""
        self._soon.stop()

    # What is on

    def _scene(self) -> Scene | None:
        plot, codes, run = self._plot, self._codes, self._codes.run
        # A hidden plane has no visible box; it refreshes when it is shown.
        if run is None or codes.projected is None or not plot.isVisible():
            return None
        scale = plot.themes.scale
        size = round(plot.view_box.width() / scale), round(plot.view_box.height() / scale)
        if min(size) <= 1:
            return None
        box, unit = plot.camera.visible_box(), self._units.unit
        return Scene(codes.view, run, codes.projected, box, size, unit=unit)

    def _wanted(self) -> list[Overlay]:
        run, on = self._codes.run, self._session.view.overlays | self.lit.names
        return [] if run is None else [overlay for overlay in overlays() if overlay.is_shown_in(run, on)]

    @Slot()
    def _show_lit(self) -> None:
        """Show an overlay while it is lit, even if it is off."""
        if self.lit.names - self._shown.keys() or self._shown.keys() - self._session.view.overlays:
            self.refresh(by_user=True)
        for name, shown in self._shown.items():
            self.lit.apply_to(shown.item, name)

    def _add(self, overlay: Overlay, scene: Scene) -> _Shown:
        item = OverlayItem(self._themes.theme, self._themes.scale, scene.run.description)
        # Stacking follows the order of the menus, not the order of switching on.
        among = 0.01 * NAMES.index(overlay.name)
        item.setZValue(HEIGHTS[overlay.level] + among)
        self._view_box.addItem(item, ignoreBounds=True)
        answered = partial(self._on_answer, overlay.name)
        # follows_weights=False: the layer decides what to ask, as the scene changes with the codes.
        question = LiveQuestion(
            self._asker, answered, share=SHARE, rest=MIN_SECONDS, follows_weights=False, parent=self
        )
        return self._shown.setdefault(overlay.name, _Shown(item, question))

    def _drop(self, name: str) -> None:
        shown = self._shown.pop(name)
        shown.question.drop()
        shown.question.deleteLater()
        self._view_box.removeItem(shown.item)

    # Drawing at once

    def _draw(self) -> None:
        wanted, scene = self._wanted(), self._scene()
        for name in self._shown.keys() - {overlay.name for overlay in wanted}:
            self._drop(name)
        if scene is None:
            return
        for overlay in wanted:
            shown = self._shown.get(overlay.name) or self._add(overlay, scene)
            drawing = overlay.drawing(scene) if overlay.drawing is not None else None
            if drawing != shown.drawing:
                shown.drawing = drawing
                # Only a changed drawing is drawn again: this runs at every mouse move.
                shown.item.show_drawn(drawing.draw().parts if drawing is not None else ())

    # Asking

    @Slot()
    def _ask(self) -> None:
        self._draw()
        scene = self._scene()
        if scene is not None:
            for overlay in self._wanted():
                if overlay.question is not None:
                    question = overlay.question(scene)
                    self._ask_for(self._shown[overlay.name], question, scene)
            self._by_user = False  # consumed by the questions above
        self._show_notes()

    def _ask_for(self, shown: _Shown, question: OverlayQuestion | str | None, scene: Scene) -> None:
        shown.wanting = question if isinstance(question, str) else ""
        if question is None or isinstance(question, str):
            self._forget(shown)
            return
        # The same question to the same model is already answered or pending.
        if question == shown.asked and (shown.question.waits or shown.version == self._version):
            return
        known = shown.kept.get((question, self._version))
        if known is not None:
            shown.question.drop()
            shown.asked, shown.version = question, self._version
            self._take(shown, known, final=True)
            return
        if not self._by_user and shown.asked is not None:
            # A question that follows moving codes would otherwise replace its predecessor before any is answered.
            if shown.question.waits:
                return
            if scene.run.key in self._trainings.running and shown.question.due_in > 0:
                self._wait(shown.question.due_in)
                return
        shown.asked, shown.version, shown.by_user = question, self._version, self._by_user
        shown.question.ask(question)

    def _wait(self, seconds: float) -> None:
        wait = max(1, round(1000 * seconds))
        if not self._soon.isActive() or self._soon.remainingTime() > wait:
            self._soon.begin(wait)

    def _forget(self, shown: _Shown) -> None:
        """Drop question, answers and parts: there is nothing to compute now."""
        shown.question.drop()
        shown.asked = shown.answer = shown.answered = None
        shown.kept.clear()
        if shown.item.parts or shown.item.kept:
            shown.item.show_parts(())

    # What comes

    def _on_answer(self, name: str, answer: Answer) -> None:
        shown = self._shown.get(name)
        if shown is None or shown.asked is None or not isinstance(answer.value, OverlayResult):
            return
        if answer.final:
            shown.kept[shown.asked, shown.version] = answer.value
            while len(shown.kept) > MAX_KEPT:
                shown.kept.popitem(last=False)
        self._take(shown, answer.value, final=answer.final)
        self._show_notes()
        if answer.final:
            self.refresh()  # for changes since the question

    def _take(self, shown: _Shown, result: OverlayResult, *, final: bool) -> None:
        """Show an answer; a preliminary one only if it improves on the shown parts."""
        assert shown.asked is not None
        if final or shown.answer is None or shown.answered is None:
            self._show(shown, result, final)
            return
        if not shown.by_user or shown.asked == shown.answered:
            return  # newer weights: wait for the final answer, as coarse parts in between would flicker
        if not shown.asked.is_moved(shown.answered) or shown.answered_version != shown.version:
            shown.item.show_parts(result.parts)
            return
        fine, coarse = cell_of(shown.answer.parts), cell_of(result.parts)
        if fine is not None and coarse is not None and coarse[1] > fine[1]:
            # Panned or zoomed: the old fine parts still cover their box.
            shown.item.show_parts(result.parts, shown.answer.parts, fine[0])
        elif coarse is not None:
            shown.item.show_parts(result.parts)

    def _show(self, shown: _Shown, result: OverlayResult, final: bool) -> None:
        shown.item.show_parts(result.parts)
        if final:
            shown.answer, shown.answered, shown.answered_version = result, shown.asked, shown.version

    def _show_notes(self) -> None:
        """Show a line per overlay in the corner: its result, or why there is none; and the scales of shadings."""
        run, on = self._codes.run, self._session.view.overlays
        # These were not switched on by the user, so their absence needs no note.
        unasked = FIRST_OVERLAYS | ({COMPARED_BY} if self._session.view.same_scale else set())
        lines, scales = [], []
        for overlay in [overlay for overlay in overlays() if overlay.name in on]:
            shown = self._shown.get(overlay.name)
            words = shown.answer.words if shown is not None and shown.answer is not None else ""
            if not words and overlay.name not in unasked:
                why = overlay.why_not(run) if run is not None else ""
                words = f"not defined: {why}" if why else shown.wanting if shown is not None else ""
            if words:
                lines.append(f"{overlay.title}: {words}")
            parts = shown.item.parts if shown is not None else ()
            scales += [part for part in parts if isinstance(part, Shading) and part.name]
        self.notes.show_notes(PlaneNotes(tuple(lines), tuple(scales)))
        self.drawn.emit()

    # News

    @Slot()
    def _on_moved(self) -> None:
        if self._wanted() or self._shown:
            self._by_user = True
            # Restarted by each move: questions wait until panning pauses.
            self._soon.begin(REST_MILLISECONDS)

    @Slot(str)
    def _on_model(self, key: str) -> None:
        if self._is_of(key):
            self._version += 1
            for shown in self._shown.values():
                shown.kept.clear()  # answers of older weights are never reused, but keep their arrays alive
            self.refresh()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if self._is_of(key):
            self.refresh()

    def _is_of(self, key: str) -> bool:
        run = self._codes.run
        return run is not None and run.key == key

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        for item in (self.notes, *(shown.item for shown in self._shown.values())):
            item.apply_theme(theme, scale)
        self.refresh()
