"""Sets the strength of the vector, and shows the code there: in the decode column, and as an arrow on the plane.

1. Slider, number box, pictures, plot and keys set the strength; a drag is previewed, its end is one step of undo.
2. From the first change on, the decode column shows the decode at this strength, until the tab is hidden or the probe
   moves.
3. While the tab is in front, the plane shows the vector as an arrow from the code that it is added to.
"""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QSignalBlocker, Qt, Slot

from explorer.session import Probe, View
from explorer.ui.path.over_t.path_slider import T_STEPS
from explorer.ui.services.app_state import AppState
from explorer.ui.services.probing import MarkedLine, Preview
from explorer.ui.vectors.applied.apply_view import ApplyView
from explorer.ui.vectors.applied.strength_strip import HIGHEST, LOWEST, strength_at, t_of
from explorer.ui.vectors.vector_answers import VectorAnswers
from explorer.ui.vectors.vector_words import strength_words
from explorer.ui.widgets.labels import cut_text

STEP, PAGE = 0.05, 0.5
"""How far the arrow keys and Page Up and Down move the strength."""
MAX_NAME = 32
"""Maximum number of letters of the vector's name on the plane."""


class StrengthMover(QObject):
    """Moves along the vector."""

    def __init__(self, state: AppState, answers: VectorAnswers, view: ApplyView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._probing = state.session, state.probing
        self._answers, self._view = answers, view
        self._awake = self._previews = False
        self._line: MarkedLine | None = None
        self._shown: Preview | None = None
        view.slider.valueChanged.connect(self._on_slid)
        view.slider.sliderReleased.connect(self._session.commit)
        view.strip.chosen.connect(lambda t: self.go_to(strength_at(t)))
        view.plot.chosen.connect(lambda t: self.go_to(strength_at(t)))
        view.box.valueChanged.connect(self.go_to)
        view.move_probe.clicked.connect(self.move_probe)

    @property
    def code(self) -> tuple[float, ...] | None:
        """The code at the strength, ``(latent_dim,)`` floats of 32 bits; None without a vector or a start."""
        return self._code(self._session.view.arithmetic.strength)

    def wake(self) -> None:
        """Show the arrow: the tab is in front."""
        self._awake = True
        self.refresh()

    def sleep(self) -> None:
        """Show nothing on planes and in the decode column."""
        self._awake = self._previews = False
        self._show_preview(None)
        self._mark(None)

    def stop_preview(self) -> None:
        """Show the probe again in the decode column."""
        self._previews = False
        self._show_preview(None)

    def show_view(self, old: View, new: View) -> None:
        """Follow the strength of the session; end the preview when the probe moves."""
        if old.probe != new.probe:
            self._previews = False
        # Blocked signals in `_show_strength` keep this from coming back as a change of the user.
        if old.arithmetic.strength != new.arithmetic.strength:
            self._show_strength(new.arithmetic.strength)
        if old.arithmetic != new.arithmetic or old.probe != new.probe:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show arrow and preview of the present vector."""
        if not self._awake:
            return
        shown, view = self._answers.shown, self._session.view
        here, head = self.code, self._code(1.0)
        if shown.run is None or shown.start is None or here is None or head is None or shown.shows != "vector":
            self._show_preview(None)
            self._mark(None)
            return
        # From the start to strength 1, where the head is, with a dot at the strength.
        codes = np.array([shown.start.z, head, here], np.float32)
        self._mark(MarkedLine(shown.run.key, codes, 2, cut_text(shown.name, MAX_NAME), arrow=True))
        if self._previews:
            words = strength_words(shown.run, shown.start, view.arithmetic.strength, shown.name)
            self._show_preview(Preview(Probe(shown.run.key, here), words))

    def show_strength(self) -> None:
        """Show the strength of the session."""
        self._show_strength(self._session.view.arithmetic.strength)

    @Slot(float)
    def go_to(self, strength: float) -> None:
        """Set the strength as one step of undo."""
        self._previews = True
        # Within the limits of the number box, which could not show other strengths.
        strength = round(min(max(strength, -10.0), 10.0), 2)
        self._session.set(arithmetic=replace(self._session.view.arithmetic, strength=strength))
        self.refresh()

    def take_key(self, key: int) -> bool:
        """Move by a key; return False for keys that do not move."""
        now = self._session.view.arithmetic.strength
        moves = {
            Qt.Key.Key_Left: now - STEP, Qt.Key.Key_Right: now + STEP, Qt.Key.Key_PageDown: now - PAGE,
            Qt.Key.Key_PageUp: now + PAGE, Qt.Key.Key_Home: LOWEST, Qt.Key.Key_End: HIGHEST,
        }  # fmt: skip
        if key not in moves:
            return False
        self.go_to(moves[Qt.Key(key)])
        return True

    @Slot()
    def move_probe(self) -> None:
        """Move the probe to the code at the strength; the vector stays where it is added."""
        shown, code = self._answers.shown, self.code
        if shown.run is None or shown.start is None or code is None:
            return
        self.stop_preview()
        arithmetic = self._session.view.arithmetic
        if arithmetic.sample is None and shown.start.sample is not None:
            # Otherwise the vector would be added to the moved probe at once, and the strip would jump.
            arithmetic = replace(arithmetic, sample=shown.start.sample)
        self._session.set_step(
            "move the probe along the vector", probe=Probe(shown.run.key, code), arithmetic=arithmetic
        )

    def _code(self, strength: float) -> tuple[float, ...] | None:
        shown, values = self._answers.shown, self._answers.values
        if shown.start is None or values is None or len(values) != len(shown.start.z):
            return None
        z = np.array(shown.start.z, np.float32)
        # As `apply_vector` computes it, to the bit.
        moved = (z.astype(np.float64) + strength * np.array(values)).astype(np.float32) if strength else z
        return tuple(map(float, moved))

    @Slot(int)
    def _on_slid(self, _: int) -> None:
        self._previews = True
        slider = self._view.slider
        arithmetic = replace(self._session.view.arithmetic, strength=slider.strength)
        (self._session.preview if slider.isSliderDown() else self._session.set)(arithmetic=arithmetic)

    def _show_strength(self, strength: float) -> None:
        view, t = self._view, t_of(strength)
        with QSignalBlocker(view.slider), QSignalBlocker(view.box):
            # The dragged slider is the source of the strength; setting it back by rounding would make it stutter.
            if not view.slider.isSliderDown():
                view.slider.setValue(round(t * T_STEPS))
            view.box.setValue(strength)
        view.strip.show_t(t)
        view.plot.show_t(t)
        view.slider.update()

    def _show_preview(self, preview: Preview | None) -> None:
        # The preview may be that of another tab.
        if preview is None and self._probing.preview != self._shown:
            self._shown = None
            return
        if preview is not None or self._shown is not None:
            self._shown = preview
            self._probing.show_preview(preview)

    def _mark(self, line: MarkedLine | None) -> None:
        if line is None and self._probing.line is not self._line:
            self._line = None
            return
        if line is not None or self._line is not None:
            self._line = line
            self._probing.mark_line(line)
