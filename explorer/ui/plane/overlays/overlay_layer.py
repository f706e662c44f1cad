"""The overlays of one plane: when they are drawn or asked for, and what is shown meanwhile.

1. The View, the codes or the model change (`refresh`), or the plane is moved (`_on_moved`).
2. What needs no model is drawn at once, where the overlay's `OverlayDrawing` differs from the one that is shown.
3. For the rest a timer waits for other changes, or for the plane to rest; then each overlay makes its question from the
   `Scene`. One that this model has answered before is answered from what was kept.
4. A question that the hand has changed is asked at once, and ends the one before. One that only newer weights have
   changed waits until the one before is answered, and while the run trains until the overlays' share of time allows it.
5. The worker answers, coarse results first. An answer is shown where it is better than what is there: what was shown
   of the same points stays in its place until something as fine has come.
6. With the last answer `refresh` begins anew, for what has changed meanwhile.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.jobs.overlays.catalog import NAMES, overlays
from explorer.jobs.overlays.overlay import Level, Overlay, OverlayDrawing, OverlayQuestion
from explorer.jobs.plane.scene import Scene
from explorer.jobs.workers.inference import Answer
from explorer.latent.plane.overlay_parts import OverlayResult, Shading
from explorer.session import FIRST_OVERLAYS
from explorer.ui.plane.overlays.overlay_item import OverlayItem, cell_of
from explorer.ui.plane.overlays.plane_notes import PlaneNotes, PlaneNotesItem
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion

SOON_MILLISECONDS, REST_MILLISECONDS = 40, 120
"""How long a change of the View waits for others, and how long the plane must rest after a move."""
SHARE = 0.15
"""While a run trains, newer weights are asked for so seldom that the overlays of a plane take this share of it."""
MIN_SECONDS = 0.2
MAX_KEPT = 8
"""Answers that are kept for each overlay, to go back to."""
HEIGHTS: dict[Level, float] = {"under": -0.5, "over": 0.5, "above": 1.0, "edge": 1.5}
NOTES = 3.0
"""The z values of items; that of the points is 0, that of the marks of the hand 2."""


@dataclass
class _Shown:
    """One overlay of the plane: its item, what is drawn at once, what was asked last, and what came.

    ``version`` counts the run's models: an answer is known by its question and the model that gave it. ``by_hand`` says
    whether the hand has changed what is asked, and not the model alone. ``wanting`` says what has to be done first.
    """

    item: OverlayItem
    question: LiveQuestion
    drawing: OverlayDrawing | None = None
    wanting: str = ""
    asked: OverlayQuestion | None = None
    version: int = 0
    by_hand: bool = False
    answer: OverlayResult | None = None
    answered: OverlayQuestion | None = None
    answered_version: int = 0
    kept: OrderedDict[tuple[OverlayQuestion, int], OverlayResult] = field(default_factory=OrderedDict)


class OverlayLayer(QObject):
    """Shows what the View has switched on."""

    def __init__(self, plot: PlotArea, codes: PaneCodes, state: AppState) -> None:
        super().__init__(plot)
        self._plot, self._codes = plot, codes
        self._session, self._trainings, self._asker = state.session, state.trainings, state.asker
        self._themes, self._view_box = plot.themes, plot.view_box
        self._shown: dict[str, _Shown] = {}
        self._version = 0
        self._by_hand = False  # whether the View or the visible part has changed, and not the model alone
        self.notes = PlaneNotesItem(self._themes.theme, self._themes.scale)
        self.notes.setZValue(NOTES)
        self._view_box.addItem(self.notes, ignoreBounds=True)
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._ask)
        plot.shown.connect(self.refresh)
        plot.hidden.connect(self.stop)
        plot.camera.moved.connect(self._on_moved)
        state.store.weights_changed.connect(self._on_model)
        state.store.details_changed.connect(self._on_run)
        self._themes.changed.connect(self._redress)

    def item(self, name: str) -> OverlayItem | None:
        """Return the item that draws an overlay, where it is on and defined."""
        return self._shown[name].item if name in self._shown else None

    @property
    def is_at_edge(self) -> bool:
        """Whether an overlay takes room inside the plane's edges."""
        return any(overlay.level == "edge" for overlay in self._wanted())

    @property
    def waits(self) -> bool:
        """Whether something is asked for, or soon will be."""
        return self._soon.isActive() or any(shown.question.waits for shown in self._shown.values())

    @Slot()
    def refresh(self, *, by_hand: bool = False) -> None:
        """Draw at once what the View (``by_hand``) or the model has changed, and ask soon for the rest."""
        if self._session.view.overlays or self._shown:  # what is not defined has a note to be shown, too
            self._by_hand = self._by_hand or by_hand
            self._draw()
            if not self._soon.isActive() or (by_hand and self._soon.remainingTime() > SOON_MILLISECONDS):
                self._soon.start(SOON_MILLISECONDS)

    def set_front(self, row: int | None) -> None:
        """Draw the picture of the point in this row, where an overlay has one, over the others."""
        for shown in self._shown.values():
            shown.item.set_front(row)

    def clear(self) -> None:
        """Show nothing: the plane shows another run."""
        for name in list(self._shown):
            self._drop(name)
        self._version += 1
        self._show_notes()

    @Slot()
    def stop(self) -> None:
        """Ask for nothing any more until the next `refresh`."""
        self._soon.stop()

    # What is on

    def _scene(self) -> Scene | None:
        plot, codes, run = self._plot, self._codes, self._codes.run
        if run is None or codes.projected is None or not plot.isVisible():
            return None
        scale = plot.themes.scale
        size = round(plot.view_box.width() / scale), round(plot.view_box.height() / scale)
        return Scene(codes.view, run, codes.projected, plot.camera.visible_box(), size) if min(size) > 1 else None

    def _wanted(self) -> list[Overlay]:
        run, on = self._codes.run, self._session.view.overlays
        return [] if run is None else [overlay for overlay in overlays() if overlay.is_shown_in(run, on)]

    def _add(self, overlay: Overlay, scene: Scene) -> _Shown:
        item = OverlayItem(self._themes.theme, self._themes.scale, scene.run.description)
        among = 0.01 * NAMES.index(overlay.name)  # as in the menus, whatever was switched on first
        item.setZValue(HEIGHTS[overlay.level] + among)
        self._view_box.addItem(item, ignoreBounds=True)
        answered = partial(self._on_answer, overlay.name)
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
            self._by_hand = False
        self._show_notes()

    def _ask_for(self, shown: _Shown, question: OverlayQuestion | str | None, scene: Scene) -> None:
        shown.wanting = question if isinstance(question, str) else ""
        if question is None or isinstance(question, str):
            self._forget(shown)
            return
        if question == shown.asked and (shown.question.waits or shown.version == self._version):
            return
        known = shown.kept.get((question, self._version))
        if known is not None:
            shown.question.drop()
            shown.asked, shown.version = question, self._version
            self._take(shown, known, final=True)
            return
        if not self._by_hand and shown.asked is not None:
            if (
                shown.question.waits
            ):  # what moves with the codes is asked once this is answered, or nothing would ever be
                return
            if scene.run.key in self._trainings.running and shown.question.due_in > 0:
                self._wait(shown.question.due_in)
                return
        shown.asked, shown.version, shown.by_hand = question, self._version, self._by_hand
        shown.question.ask(question)

    def _wait(self, seconds: float) -> None:
        wait = max(1, round(1000 * seconds))
        if not self._soon.isActive() or self._soon.remainingTime() > wait:
            self._soon.start(wait)

    def _forget(self, shown: _Shown) -> None:
        """Show nothing of what was asked before: now there is nothing to ask."""
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
            self.refresh()  # for what has changed meanwhile

    def _take(self, shown: _Shown, result: OverlayResult, *, final: bool) -> None:
        """Show an answer; one that a better one will follow, only where it is better than what is there already."""
        assert shown.asked is not None
        if final or shown.answer is None or shown.answered is None:
            self._show(shown, result, final)
            return
        if not shown.by_hand or shown.asked == shown.answered:
            return  # newer weights: what is there changes at once, and not by way of a coarse one
        if not shown.asked.is_moved(shown.answered) or shown.answered_version != shown.version:
            shown.item.show_parts(result.parts)
            return
        fine, coarse = cell_of(shown.answer.parts), cell_of(result.parts)
        if fine is not None and coarse is not None and coarse[1] > fine[1]:
            shown.item.show_parts(result.parts, shown.answer.parts, fine[0])
        elif coarse is not None:
            shown.item.show_parts(result.parts)

    def _show(self, shown: _Shown, result: OverlayResult, final: bool) -> None:
        shown.item.show_parts(result.parts)
        if final:
            shown.answer, shown.answered, shown.answered_version = result, shown.asked, shown.version

    def _show_notes(self) -> None:
        """Say in the corner what overlays show, or why they show nothing."""
        run, on = self._codes.run, self._session.view.overlays
        lines, scales = [], []
        for overlay in [overlay for overlay in overlays() if overlay.name in on]:
            shown = self._shown.get(overlay.name)
            words = shown.answer.words if shown is not None and shown.answer is not None else ""
            if (
                not words and overlay.name not in FIRST_OVERLAYS
            ):  # those nobody has switched on, so that nobody misses them
                why = overlay.why_not(run) if run is not None else ""
                words = f"not defined: {why}" if why else shown.wanting if shown is not None else ""
            if words:
                lines.append(f"{overlay.title}: {words}")
            parts = shown.item.parts if shown is not None else ()
            scales += [part for part in parts if isinstance(part, Shading) and part.name]
        self.notes.show_notes(PlaneNotes(tuple(lines), tuple(scales)))

    # News

    @Slot()
    def _on_moved(self) -> None:
        if self._wanted() or self._shown:
            self._by_hand = True
            self._soon.start(REST_MILLISECONDS)

    @Slot(str)
    def _on_model(self, key: str) -> None:
        if self._is_of(key):
            self._version += 1
            for shown in self._shown.values():
                shown.kept.clear()  # answers of older weights are never asked for again, and hold their codes
            self.refresh()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if self._is_of(key):
            self.refresh()

    def _is_of(self, key: str) -> bool:
        run = self._codes.run
        return run is not None and run.key == key

    @Slot()
    def _redress(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        for item in (self.notes, *(shown.item for shown in self._shown.values())):
            item.set_look(theme, scale)
        self.refresh()
