"""KL per dimension of the active run: head, bars, sort and expand buttons, and the number of active units."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.jobs.diagnosis.posterior_collapse import UNUSED_KL
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.plane.projection import dimension_name
from explorer.session import Pane, View
from explorer.ui.decode.decode_state import code_text, fixed, kl_absence
from explorer.ui.decode.fold import Fold, body_of
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import with_mark
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.buttons import tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

LINE = 1.5
CHOOSE_AXIS = "Click a bar to put that dimension on the horizontal axis of the plane"
MIN_LONGEST = 0.1
"""Minimum full scale in nats, so that collapsed dimensions have visibly short bars."""
TITLE = "KL per dimension"
FEW = 8
"""Number of bars shown until all are asked for."""
MAX_LINEAR = 1e4
"""Largest KL in nats on a linear scale; a larger one would leave all other bars empty."""
LOG_SCALE = "the bars have a logarithmic scale"


class KlBars(QWidget):
    """Draws one bar for each latent dimension, in their order or sorted by size.

    Signals
    -------
    picked : int
        The bar of a dimension, counted from 0, was clicked (only after `set_axes` allowed it).
    """

    picked = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._values: NDArray[np.float64] = np.empty(0)
        self._unit = NATS
        self._sorted = self._all = False
        self._axes: tuple[int, ...] | None = None
        self.setObjectName("kl_bars")
        self.setAccessibleName("KL per dimension")
        # Ignored: the bars take the panel's width; a preferred width would widen the panel.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._fit_height)

    @property
    def values(self) -> NDArray[np.float64]:
        """The KL of each dimension in nats, ``(latent_dim,)``."""
        return self._values

    @property
    def shown(self) -> tuple[int, ...]:
        """The dimensions drawn, counted from 0, from top to bottom."""
        # Stable: dimensions of equal KL keep their order from one report to the next.
        order = np.argsort(-self._values, kind="stable") if self._sorted else np.arange(len(self._values))
        return tuple(order[: None if self._all else FEW].tolist())

    @property
    def longest(self) -> float:
        """The KL in nats at full scale: the largest, at least `MIN_LONGEST`."""
        known = self._values[np.isfinite(self._values)]
        return max(float(known.max(initial=0.0)), MIN_LONGEST)

    @property
    def is_log(self) -> bool:
        """Whether the bars have a logarithmic scale, from `UNUSED_KL` on."""
        return self.longest > MAX_LINEAR

    def share(self, value: float) -> float:
        """Return the length of the bar for a KL in nats, as a share of the full scale; NaN for NaN."""
        if not self.is_log:
            return value / self.longest
        return float(np.log(max(value, UNUSED_KL) / UNUSED_KL) / np.log(self.longest / UNUSED_KL))

    def set_values(self, values: NDArray[np.float64], unit: Unit = NATS) -> None:
        """Show new values ``(latent_dim,)``, given in nats, in a unit; the height changes only with their number."""
        changed = len(values) != len(self._values)
        self._values, self._unit = values, unit
        words = (f"{dimension_name(index)} {fixed(value * unit.per_nat)}" for index, value in enumerate(values))
        self.setAccessibleDescription(f"{', '.join(words)}, in {unit.name}")
        # A changed height lays the whole panel out again; during training only the values change.
        if changed:
            self._fit_height()
        self.update()

    @Slot(bool)
    def set_sorted(self, by_size: bool) -> None:
        """Sort by size, or show the dimensions in their order."""
        self._sorted = by_size
        self.update()

    @Slot(bool)
    def set_all(self, everything: bool) -> None:
        """Show every dimension, or the first `FEW`."""
        self._all = everything
        self._fit_height()
        self.update()

    def set_axes(self, axes: tuple[int, ...] | None) -> None:
        """Mark the dimensions that the plane shows, and allow clicks; None forbids them."""
        if axes != self._axes:
            self._axes = axes
            self.setCursor(Qt.CursorShape.ArrowCursor if axes is None else Qt.CursorShape.PointingHandCursor)
            self.setToolTip("" if axes is None else CHOOSE_AXIS)
            self.update()

    def dimension_at(self, height: float) -> int | None:
        """Return the dimension whose bar is at a height in pixels, or None."""
        row = int(height // (LINE * QFontMetricsF(small_font()).height()))
        return self.shown[row] if 0 <= row < len(self.shown) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Emit ``picked`` for the bar under the mouse."""
        dimension = self.dimension_at(event.position().y())
        if self._axes is None or dimension is None or event.button() != Qt.MouseButton.LeftButton:
            # Pass the press on, so that a click on bars that cannot be picked still reaches the panel.
            super().mousePressEvent(event)
            return
        event.accept()
        self.picked.emit(dimension)

    def sizeHint(self) -> QSize:
        """Return the preferred size for all bars, in pixels."""
        return QSize(120, round(len(self.shown) * LINE * QFontMetricsF(small_font()).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, bar and number of each dimension."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            metrics, theme = QFontMetricsF(small_font()), self._themes.theme
            line, name = LINE * metrics.height(), metrics.horizontalAdvance("z₆₄") + 8
            numbers = [_number(float(self._values[dimension]) * self._unit.per_nat) for dimension in self.shown]
            number = max([4.2 * metrics.height(), *(metrics.horizontalAdvance(text) + 8 for text in numbers)])
            track = QRectF(name, 0, max(1.0, self.width() - name - number), 5)
            painter.setPen(Qt.PenStyle.NoPen)
            for index, dimension in enumerate(self.shown):
                value = float(self._values[dimension])
                track.moveTop(index * line + line / 2 - track.height() / 2)
                self._draw_bar(painter, track, self.share(value))
                is_axis = dimension in (self._axes or ())
                painter.setPen(QColor(theme.accent if is_axis else theme.muted))
                painter.drawText(QRectF(0, index * line, name, line), LEFT, dimension_name(dimension))
                painter.setPen(QColor(theme.text if value > UNUSED_KL else theme.muted))
                painter.drawText(QRectF(track.right(), index * line, number, line), RIGHT, numbers[index])

    def _draw_bar(self, painter: QPainter, track: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._themes.theme.hover))
        painter.drawRoundedRect(track, 2.5, 2.5)
        bar = QRectF(track)
        # NaN while a model diverges: draw no bar, the number says it.
        bar.setWidth(track.width() * float(np.clip(np.nan_to_num(share), 0, 1)))
        painter.setBrush(QColor(self._themes.theme.accent))
        painter.drawRoundedRect(bar, 2.5, 2.5)

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self.update()


def _number(value: float) -> str:
    """Format a KL; values near the limit of 0.01 nats get a third decimal."""
    return fixed(value, 3 if abs(value) < 0.095 else 2)


SORTED, ALL = "kl/sorted", "kl/all"
ACTIVE = (
    "A dimension is active if its posterior mean has a variance above 0.01 over the samples "
    "(Burda et al. 2016, arXiv 1509.00519). Counted live over the samples of the plane; the "
    "figures count over the test split."
)


class KlSection(Fold):
    """The newest KL of each latent dimension, or why it is not defined; folded until the user opens it."""

    def __init__(self, state: AppState, themes: ThemeSource) -> None:
        self._diagnoses, self._session, self._store = state.diagnoses, state.session, state.store
        self._units = state.units
        self._key = ""
        self._sort = tool_button("kl_sort", "Sort", "Show the largest KL first", checkable=True)
        self._all = tool_button("kl_all", "All", "Show every latent dimension", checkable=True)
        self.bars = KlBars(themes)
        self._text = _muted("kl_words", "About the KL per dimension")
        self._active = _muted("kl_active_units", "Active units")
        self._active.setToolTip(ACTIVE)
        self._active_row = with_mark(self._active, "kl_active_units", "active_units", themes)
        text_row = with_mark(self._text, "kl_collapse", "collapse", themes)
        mark = text_row.findChild(WhyMark)
        assert mark is not None
        self._mark = mark
        body = body_of(self.bars, text_row, self._active_row)
        tools = self._all, self._sort
        super().__init__("kl", TITLE, body, themes, tools=tools, starts_open=False, why="kl")
        self._sort.toggled.connect(self._on_sort)
        self._all.toggled.connect(self._on_all)
        # Through the buttons, whose signals are connected by now: bars, buttons and stored settings then agree.
        self._sort.setChecked(bool(settings().value(SORTED, True, bool)))
        self._all.setChecked(bool(settings().value(ALL, False, bool)))
        self.bars.picked.connect(self._on_picked)
        state.diagnoses.changed.connect(self._show_active)
        state.session.listen(self.show_view)

    def show_view(self, old: View, new: View) -> None:
        """Mark the dimensions that the plane shows, if the active pane or its axes changed."""
        if (old.panes, old.active) != (new.panes, new.active):
            self._show_axes()

    def show_run(self, run: OpenRun | None) -> None:
        """Show the KL of a run; hide the section without a run."""
        self.setVisible(run is not None)
        self._key = "" if run is None else run.key
        if run is None:
            return
        self._show_active(run.key)
        split, history = "validation", run.shown_history
        values = history.kl_per_dimension(split)
        # A run that has not been validated yet, or that has no validation split, still has its training mean.
        if values is None:
            split = "train"
            values = history.kl_per_dimension(split)
        many = values is not None and len(values) > 1
        self.bars.setVisible(values is not None)
        self._mark.setVisible(values is not None)  # without a KL there is none to collapse
        self._sort.setVisible(many)
        self._all.setVisible(values is not None and len(values) > FEW)
        if values is None:
            why = kl_absence(run)
            self._text.setText(why[:1].upper() + why[1:])
            self.set_brief(why.partition(":")[0])
            return
        self._all.setText(f"All {len(values)}")
        unit = self._units.unit
        self.bars.set_values(values, unit)
        shown = values * unit.per_nat
        values_text = f"{code_text(tuple(shown.tolist()))} {unit.name}"
        # Not of the followed sample: the mean over a split.
        self.set_brief(f"{split}: {values_text}", values_text, f"{fixed(float(shown.sum()))} {unit.name}")
        self._show_axes()
        used = int(np.sum(values > UNUSED_KL))
        # shown_epoch is set while a replay shows an earlier state of the run.
        when = "" if run.shown_epoch is None else f" at epoch {run.shown_epoch:.3g}"
        active = f"{used} of {len(values)} dimensions active (KL above {UNUSED_KL * unit.per_nat:.2g} {unit.name})"
        scale = f"; {LOG_SCALE}" if self.bars.is_log else ""
        self._text.setText(f"{active}; {split} mean{when}{scale}")

    @Slot(str)
    def _show_active(self, key: str) -> None:
        # Diagnoses of all runs arrive here.
        if key != self._key:
            return
        count = self._diagnoses.of(key).active_units
        self._active_row.setVisible(count is not None)
        if count is not None:
            units = "1 active unit" if count == 1 else f"{count} active units"
            self._active.setText(f"{units}: variance of the means above 0.01")

    # The plane's axes

    def _pane(self) -> Pane | None:
        view = self._session.view
        pane = view.panes[view.active] if view.active < len(view.panes) else None
        # The axes belong to the pane; the section may show a run whose pane is not the active one.
        return pane if pane is not None and pane.run == self._key else None

    def _show_axes(self) -> None:
        pane, run = self._pane(), self._store.runs.get(self._key)
        # With two dimensions there is nothing to choose.
        can_choose = pane is not None and run is not None and run.latent_dim > 2
        self.bars.set_axes((pane.axes or ()) if can_choose and pane is not None else None)

    @Slot(int)
    def _on_picked(self, dimension: int) -> None:
        """Show a dimension horizontally and the former horizontal one vertically: two clicks choose both axes."""
        pane, view = self._pane(), self._session.view
        if pane is None:
            return
        # Axes of None are the default (0, 1); the pair must differ from the picked dimension.
        before = pane.axes or ((1, 0) if dimension == 0 else (0, 1))
        if dimension == before[0]:
            return
        changed = replace(pane, axes=(dimension, before[0]))
        self._session.set(panes=(*view.panes[: view.active], changed, *view.panes[view.active + 1 :]))

    @Slot(bool)
    def _on_sort(self, by_size: bool) -> None:
        self.bars.set_sorted(by_size)
        settings().setValue(SORTED, by_size)

    @Slot(bool)
    def _on_all(self, everything: bool) -> None:
        self.bars.set_all(everything)
        settings().setValue(ALL, everything)


def _muted(name: str, accessible: str) -> QLabel:
    label = set_identity(QLabel(wordWrap=True), name, accessible=accessible)
    label.setProperty("role", "muted")
    return label
