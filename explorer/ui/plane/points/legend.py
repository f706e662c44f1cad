"""The legend of all panes: the meaning of the colours, the number of points, and the hidden classes.

1. The View, or a change of the active run, calls `LegendBar._show_run`, which colours the codes as the plane does.
2. From the colouring come the entries of the combo box, the chips of the classes, or the bar of continuous values.
3. A click on a chip changes ``View.hidden_classes``; the View's change updates the chips and all planes.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QWidget
from superqt import QFlowLayout

from explorer.jobs.plane.projected_codes import project_codes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import View
from explorer.ui.plane.points.coloured_points import colouring_in_view
from explorer.ui.plane.points.colouring import Choice, Colouring, available_choice, choices
from explorer.ui.plane.points.legend_chip import ChipText, ColourBar, LegendChip
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

MAX_ROWS = 2
"""Maximum number of visible rows of classes, plus one if there are more than `MANY`; the rest scrolls."""
MANY = 20
"""With more classes than this, chips omit the counts and the common beginning of the names."""
MIN_CHOICE, MAX_CHOICE = 5, 20
"""Minimum and maximum width of the combo box, in characters."""


class LegendBar(QFrame):
    """A combo box for the quantity, then a chip per class, or a bar for continuous values.

    A click on a chip hides its class; Alt+click or a double click shows it alone. The legend describes the active
    pane's run. With a selection, a count reads "47 / 412".
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._store, self._session = state, state.store, state.session
        set_identity(self, "legend", accessible="Legend").setProperty("panel", "true")
        self._choices: tuple[Choice, ...] = ()
        self._colouring: Colouring | None = None
        self._chips: dict[int, LegendChip] = {}
        self._names_data = self._low = False
        self._head = QLabel("Colour by")
        self._head.setProperty("role", "head")
        self._combo = set_identity(
            QComboBox(), "colour_by_combo", "Choose what the colours of the points show", "Colour by"
        )
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setPlaceholderText("choose")
        # `activated` and not `currentIndexChanged`: only a choice of the user is to change the View.
        self._combo.activated.connect(self._on_combo)
        self._bar = ColourBar(themes)
        self._note = set_identity(QLabel(), "legend_note", accessible="Reason why there are no colours")
        self._note.setProperty("role", "muted")
        self._all = set_identity(QToolButton(), "legend_show_all", "Show all classes", "Show all classes")
        self._all.setText("Show all")
        self._all.clicked.connect(self._on_show_all)
        self._arrange()
        state.session.listen(self.show_view)
        for signal in (state.store.plane_changed, state.store.opened, state.store.closed):
            signal.connect(self._on_run)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def chips(self) -> tuple[LegendChip, ...]:
        """The classes, one chip each, in their order."""
        return tuple(self._chips.values())

    @property
    def head(self) -> str:
        """What is said before the choice of colours: whose classes are shown."""
        return self._head.text()

    def show_view(self, old: View, new: View) -> None:
        """Update what changed between two Views."""
        if (old.active_run, old.colour_by) != (new.active_run, new.colour_by) or old.panes != new.panes:
            self._show_run()
        elif (old.hidden_classes, old.hidden_of, old.selection) != (new.hidden_classes, new.hidden_of, new.selection):
            self._show_chips()

    def set_low(self, low: bool) -> None:
        """Omit the counts in a window of little height, so that the classes take fewer rows."""
        if low != self._low:
            self._low = low
            self._show_chips()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the number of rows to the new width."""
        super().resizeEvent(event)
        self._fit_rows()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the rows to a new text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_rows()

    def _arrange(self) -> None:
        self._inside = QWidget()
        self._flow = QFlowLayout(self._inside)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(2)
        self._flow.setVerticalSpacing(2)
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "legend_classes", accessible="Classes")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self._inside)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._head)
        self._row.addWidget(self._combo)
        self._row.addWidget(self._scroll, 1)
        self._row.addWidget(self._bar)
        self._row.addWidget(self._note)
        self._row.addStretch(0)
        self._row.addWidget(self._all)

    @property
    def _run(self) -> OpenRun | None:
        return self._store.runs.get(self._session.view.active_run or "")

    def _show_run(self) -> None:
        run = self._run
        if run is None:
            self.hide()
            return
        if self.parent() is not None:  # without a parent, show() would open a window of its own
            self.show()
        self._colouring = None
        if run.plane is not None:
            points, dark = project_codes(run.plane).points, self._themes.theme.dark
            self._colouring = colouring_in_view(run, run.plane, points, self._state, dark=dark)
        self._show_head(run)
        self._fill_combo(choices(run.description, run.plane), run.plane)
        self._show_chips()

    def _show_head(self, run: OpenRun) -> None:
        """Name the data set in the heading if the panes show more than one."""
        shown = shown_runs(self._session.view, self._store.runs)
        several = any(other.description.fingerprint != run.description.fingerprint for other in shown)
        self._head.setText(f"Colour {run.description.name} by" if several else "Colour by")
        self._combo.setAccessibleName(self._head.text())
        self._names_data = several

    def _fill_combo(self, found: tuple[Choice, ...], codes: PlaneCodes | None) -> None:
        wanted = self._session.view.colour_by
        wanted = wanted if codes is None else available_choice(wanted, codes)
        # Filling a combo box changes its index several times.
        with QSignalBlocker(self._combo):
            # An open list closes when it is refilled, so it is only refilled for other entries.
            if found != self._choices:
                self._choices = found
                self._combo.clear()
                for choice in found:
                    self._combo.addItem(choice.title, choice.name)
            self._combo.setCurrentIndex(self._combo.findData(wanted))
        longest = len(self._combo.currentText())
        self._combo.setMinimumContentsLength(min(max(longest, MIN_CHOICE), MAX_CHOICE))

    def _show_chips(self) -> None:
        found, view, run, hidden = self._colouring, self._session.view, self._run, self._hidden
        keys = found.keys if found is not None else ()
        # Chips are reused while the classes stay: a chip that is replaced during its double click would lose the event.
        if tuple(self._chips) != keys:
            self._make_chips(keys)
        if found is not None and found.groups is not None and run is not None and run.plane is not None:
            counts = np.bincount(found.groups, minlength=len(keys))
            chosen = np.isin(run.plane.index, view.selection)
            picked = np.bincount(found.groups[chosen], minlength=len(keys))
            brief = brief_names(found.names) if len(keys) > MANY or self._low else ("",) * len(keys)
            for row, key in enumerate(keys):
                count = f"{picked[row]:,} / {counts[row]:,}" if view.selection else f"{counts[row]:,}"
                red, green, blue = map(int, found.colours[row])
                text = ChipText(found.names[row], count, (red, green, blue), key in hidden, brief[row])
                self._chips[key].set_text(text)
        self._scroll.setVisible(bool(keys))
        self._bar.setVisible(found is not None and found.span is not None)
        if found is not None and found.span is not None:
            self._bar.set_span(*found.span, found.unit)
        self._note.setText(_note_text(found, run))
        self._note.setVisible(bool(self._note.text()))
        self._all.setVisible(bool(hidden & frozenset(keys)))
        self._fit_rows()

    def _make_chips(self, keys: tuple[int, ...]) -> None:
        for chip in self._chips.values():
            self._flow.removeWidget(chip)
            chip.hide()
            # Not deleted at once: its own signal may be running.
            chip.deleteLater()
        self._chips = {}
        for key in keys:
            chip = LegendChip(key, self._themes)
            chip.setObjectName(f"legend_class_{key}")
            chip.toggled_class.connect(self._on_toggled)
            chip.isolated_class.connect(self._on_isolated)
            self._flow.addWidget(chip)
            chip.show()
            self._chips[key] = chip

    def _fit_rows(self) -> None:
        chip = next(iter(self._chips.values()), None)
        if chip is None:
            self._head.show()
            return
        chips = sum(chip.sizeHint().width() + self._flow.horizontalSpacing() for chip in self._chips.values())
        others = [part for part in (self._head, self._combo, self._all) if part is self._head or not part.isHidden()]
        taken = sum(part.sizeHint().width() + self._row.spacing() for part in others) + 3 * self._row.spacing()
        # The heading gives way if the classes then fit into one row, unless it names the data set.
        self._head.setVisible(self._names_data or chips + taken <= self.width())
        width = max(self._scroll.viewport().width(), 1)
        needed, one = self._flow.heightForWidth(width), chip.sizeHint().height()
        rows = MAX_ROWS + (len(self._chips) > MANY)
        self._scroll.setFixedHeight(min(needed, rows * one + (rows - 1) * self._flow.verticalSpacing()))

    @Slot(int)
    def _on_combo(self, index: int) -> None:
        name = self._combo.itemData(index)
        if name != self._session.view.colour_by:
            nothing: frozenset[int] = frozenset()
            # Keys of hidden classes mean other groups under another colouring.
            self._session.set(colour_by=name, hidden_classes=nothing, hidden_of="", hidden_besides=())

    @Slot(int)
    def _on_toggled(self, key: int) -> None:
        self._hide(self._hidden ^ {key})

    @Slot(int)
    def _on_isolated(self, key: int) -> None:
        others = frozenset(self._chips) - {key}
        self._hide(frozenset() if self._hidden == others else others)

    @Slot()
    def _on_show_all(self) -> None:
        self._hide(frozenset())

    @property
    def _hidden(self) -> frozenset[int]:
        """The hidden classes of the active pane's data."""
        run = self._run
        return self._session.view.hidden_in(run.description.fingerprint) if run is not None else frozenset()

    def _hide(self, hidden: frozenset[int]) -> None:
        if (run := self._run) is not None:
            view = self._session.view
            self._session.set(**view.changes_to_hide(run.description.fingerprint, hidden))

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self._session.view.active_run or self._run is None:
            self._show_run()
        else:
            self._show_head(self._run)  # a run that was opened beside it may have other data

    @Slot()
    def _apply_theme(self) -> None:
        gap = round(8 * self._themes.scale)
        self._row.setContentsMargins(gap + 2, gap // 2, gap, gap // 2)
        self._row.setSpacing(gap)
        self._show_run()


def brief_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without their common first words: "person 7" among persons becomes "7"."""
    first, space, _ = names[0].rpartition(" ") if names else ("", "", "")
    start = first + space
    alike = all(name.startswith(start) for name in names)
    return tuple(name.removeprefix(start) if alike else name for name in names)


def _note_text(found: Colouring | None, run: OpenRun | None) -> str:
    """Return why there are no colours, or what is counted if the points are prior draws."""
    if found is None or found.problem or run is None or run.plane is None or not run.plane.drawn:
        return found.problem or found.note if found is not None else ""
    return f"of {len(run.plane.index):,} prior draws"
