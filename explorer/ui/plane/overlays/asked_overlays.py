"""Overlays of one plane that are computed in the background: when they are asked for, and what is shown meanwhile."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.jobs.overlays.catalog import OVERLAYS
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion
from explorer.jobs.plane.scene import Scene
from explorer.jobs.workers.inference import Answer
from explorer.latent.plane.overlay_parts import OverlayResult, Shading
from explorer.session import FIRST_OVERLAYS
from explorer.ui.plane.overlays.overlay_item import OverlayItem, cell_of
from explorer.ui.plane.overlays.plane_notes import PlaneNotes, PlaneNotesItem
from explorer.ui.state.live_question import LiveQuestion

if TYPE_CHECKING:
    from explorer.ui.plane.plane_drawing import PlaneDrawing

SOON_MILLISECONDS, REST_MILLISECONDS = 40, 120
"""How long a change of the View waits for others, and how long the plane must rest after a move."""
SHARE = 0.15
"""While a run trains, newer weights are asked for so seldom that the overlays of a plane take this share of it."""
MIN_SECONDS = 0.2
MAX_KEPT = 8
"""Answers that are kept for each overlay, to go back to."""
UNDER, OVER, AT_EDGE, NOTES = -0.5, 0.5, 1.5, 3.0
"""Where items lie; the points at 0."""

_ASKED = tuple(overlay for overlay in OVERLAYS if overlay.question is not None)


@dataclass
class _Shown:
    """One overlay of the plane: its item, what was asked last, and what came.

    ``version`` counts the run's models: an answer is known by its question and the model that gave it. ``by_hand`` says
    whether the hand has changed what is asked, and not the model alone.
    """

    overlay: Overlay
    item: OverlayItem
    question: LiveQuestion
    asked: OverlayQuestion | None = None
    version: int = 0
    since: float = 0.0
    waits: bool = False
    by_hand: bool = False
    due: float = 0.0
    answer: OverlayResult | None = None
    answered: OverlayQuestion | None = None
    answered_version: int = 0
    kept: OrderedDict[tuple[OverlayQuestion, int], OverlayResult] = field(default_factory=OrderedDict)


class OverlayLayer(QObject):
    """Asks for what the View has switched on, when it or the plane or the model has changed, and shows the answers."""

    def __init__(self, plane: "PlaneDrawing") -> None:
        super().__init__(plane)
        self._plane = plane
        self._asker, self._store, self._session = plane.state.asker, plane.state.store, plane.state.session
        self._trainings = plane.state.trainings
        self._shown: dict[str, _Shown] = {}
        self._version = 0
        self._wanting: dict[str, str] = {}  # what has to be done before an overlay shows anything
        self._by_hand = False  # whether the View or what is in sight has changed, and not the model alone
        self.notes = PlaneNotesItem(plane.themes.theme, plane.themes.scale)
        self.notes.setZValue(NOTES)
        plane.view_box.addItem(self.notes, ignoreBounds=True)
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._ask)
        plane.view_moved.connect(self._on_moved)
        self._store.weights_changed.connect(self._on_model)
        self._store.details_changed.connect(self._on_run)
        plane.themes.changed.connect(self._redress)

    def item(self, name: str) -> OverlayItem | None:
        """Return the item that draws an overlay, where it is on."""
        return self._shown[name].item if name in self._shown else None

    @property
    def waits(self) -> bool:
        """Whether something is asked for, or soon will be."""
        return self._soon.isActive() or any(shown.waits for shown in self._shown.values())

    def refresh(self, *, by_hand: bool = False) -> None:
        """Ask anew, soon, for what the View (``by_hand``) or the model has changed."""
        if self._wanted() or self._shown:
            self._by_hand = self._by_hand or by_hand
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

    def stop(self) -> None:
        """Ask for nothing any more until the next `refresh`."""
        self._soon.stop()

    # Asking

    def _wanted(self) -> list[Overlay]:
        on = self._session.view.overlays
        return [overlay for overlay in _ASKED if overlay.name in on]

    def _scene(self) -> Scene | None:
        plane = self._plane
        if plane.run is None or plane.placed is None or not plane.isVisible():
            return None
        scale = plane.themes.scale
        size = round(plane.view_box.width() / scale), round(plane.view_box.height() / scale)
        return Scene(plane.view_here, plane.run, plane.placed, plane.visible_box(), size) if min(size) > 1 else None

    @Slot()
    def _ask(self) -> None:
        scene, wanted = self._scene(), self._wanted()
        for name in [name for name in self._shown if name not in {overlay.name for overlay in wanted}]:
            self._drop(name)
        if scene is not None:
            for overlay in wanted:
                self._ask_for(overlay, scene)
            self._by_hand = False
        self._show_notes()

    def _ask_for(self, overlay: Overlay, scene: Scene) -> None:
        assert overlay.question is not None
        lacks = bool(overlay.why_not(scene.run))
        question = None if lacks else overlay.question(scene)
        self._wanting[overlay.name] = question if isinstance(question, str) else ""
        if question is None or isinstance(question, str):
            self._drop(overlay.name)
            return
        shown = self._shown.get(overlay.name) or self._add(overlay, scene)
        if question == shown.asked and (shown.waits or shown.version == self._version):
            return
        known = shown.kept.get((question, self._version))
        if known is not None:
            self._withdraw(shown)
            shown.asked, shown.version = question, self._version
            self._take(shown, known, final=True)
            return
        now = time.monotonic()
        if not self._by_hand and shown.asked is not None:
            if shown.waits:  # what moves with the codes is asked once this is answered, or nothing would ever be
                return
            if scene.run.key in self._trainings.running and now < shown.due:
                self._wait_until(shown.due, now)
                return
        shown.asked, shown.version, shown.since, shown.waits = question, self._version, now, True
        shown.by_hand = self._by_hand
        shown.question.ask(question)

    def _wait_until(self, due: float, now: float) -> None:
        wait = max(1, round(1000 * (due - now)))
        if not self._soon.isActive() or self._soon.remainingTime() > wait:
            self._soon.start(wait)

    def _add(self, overlay: Overlay, scene: Scene) -> _Shown:
        themes = self._plane.themes
        item = OverlayItem(themes.theme, themes.scale, scene.run.description)
        among = 0.01 * OVERLAYS.index(overlay)  # as in the menus, whatever was switched on first
        item.setZValue((UNDER if overlay.under else AT_EDGE if overlay.at_edge else OVER) + among)
        self._plane.view_box.addItem(item, ignoreBounds=True)
        question = LiveQuestion(self._asker, partial(self._on_answer, overlay.name), parent=self)
        self._shown[overlay.name] = _Shown(overlay, item, question)
        return self._shown[overlay.name]

    def _drop(self, name: str) -> None:
        shown = self._shown.pop(name, None)
        if shown is not None:
            shown.question.drop()
            shown.question.deleteLater()
            self._plane.view_box.removeItem(shown.item)

    def _withdraw(self, shown: _Shown) -> None:
        if shown.waits and shown.asked is not None:
            shown.question.drop()
        shown.waits = False

    # What comes

    def _on_answer(self, name: str, answer: Answer) -> None:
        shown = self._shown.get(name)
        if shown is None or shown.asked is None or not isinstance(answer.value, OverlayResult):
            return
        if answer.final:
            self._note_time(shown)
            shown.kept[shown.asked, shown.version] = answer.value
            while len(shown.kept) > MAX_KEPT:
                shown.kept.popitem(last=False)
        self._take(shown, answer.value, final=answer.final)
        self._show_notes()
        if answer.final:
            self.refresh()  # for what has changed meanwhile

    def _note_time(self, shown: _Shown) -> None:
        """Learn how long it took, and wait so long before newer weights are asked that it keeps to its share."""
        now, shown.waits = time.monotonic(), False
        # The others' parts were done meanwhile: the time since it was asked is that of all together.
        shown.due = now + max(MIN_SECONDS, (now - shown.since) * (1 / SHARE - 1))

    def _take(self, shown: _Shown, laid: OverlayResult, *, final: bool) -> None:
        """Show an answer; one that a better one will follow, only where it is better than what is there already."""
        assert shown.asked is not None
        if final or shown.answer is None or shown.answered is None:
            self._show(shown, laid, final)
            return
        if not shown.by_hand or shown.asked == shown.answered:
            return  # newer weights: what is there changes at once, and not by way of a coarse one
        if not shown.asked.is_moved(shown.answered) or shown.answered_version != shown.version:
            shown.item.show_parts(laid.parts)
            return
        fine, coarse = cell_of(shown.answer.parts), cell_of(laid.parts)
        if fine is not None and coarse is not None and coarse[1] > fine[1]:
            shown.item.show_parts(laid.parts, shown.answer.parts, fine[0])
        elif coarse is not None:
            shown.item.show_parts(laid.parts)

    def _show(self, shown: _Shown, laid: OverlayResult, final: bool) -> None:
        shown.item.show_parts(laid.parts)
        if final:
            shown.answer, shown.answered, shown.answered_version = laid, shown.asked, shown.version

    def _show_notes(self) -> None:
        """Say what is seen, or why nothing is."""
        lines, scales = [], []
        for overlay in OVERLAYS:
            if overlay.name not in self._session.view.overlays:
                continue
            run = self._plane.run
            by_itself = overlay.name in FIRST_OVERLAYS  # nobody has asked for it, so that it says nothing of its lack
            why = overlay.why_not(run) if run is not None and not by_itself else ""
            wanting = "" if by_itself else self._wanting.get(overlay.name, "")
            shown = self._shown.get(overlay.name)
            words = shown.answer.words if shown and shown.answer else wanting
            words = f"not defined: {why}" if why else words
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
        if key == self._plane.key:
            self._version += 1
            for shown in self._shown.values():
                shown.kept.clear()  # answers of older weights are never asked for again, and hold their codes
            self.refresh()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self._plane.key:
            self.refresh()

    @Slot()
    def _redress(self) -> None:
        theme, scale = self._plane.themes.theme, self._plane.themes.scale
        for item in (self.notes, *(shown.item for shown in self._shown.values())):
            item.set_look(theme, scale)
        self.refresh()
