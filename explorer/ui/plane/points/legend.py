"""The legend of all panes: the meaning of the colours, the number of points, and the hidden classes.

1. The View, or a change of the active run, calls `LegendBar._show_run`, which colours the codes as the plane does.
2. From the colouring come the entries of the combo box, the chips of the classes, or the bar of continuous values.
3. The chips that fit are in the line; a button with the number of the others opens a pop-up with all of them. Only the
   first `MAX_CHIPS` classes have a chip: a widget for each of a thousand classes would take seconds.
4. A click on a chip changes ``View.hidden_classes``; the View's change updates the chips and all planes.
"""

from itertools import accumulate, takewhile

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, QSize, Slot
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from explorer.jobs.plane.colouring import ColourChoice, Colouring, available_choice, choices
from explorer.jobs.plane.projected_codes import project_codes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.plot.contents import brief_names
from explorer.session import View
from explorer.ui.plane.points.coloured_points import colouring_in_view
from explorer.ui.plane.points.legend_chip import ChipText, ClassesPopup, ColourBar, LegendChip
from explorer.ui.selection.class_menu import class_menu
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel

MANY = 20
"""With more classes than this, chips omit the common beginning of the names."""
MAX_CHIPS = 60
"""Maximum number of chips, more than fit into the line of any screen."""
HEAD = "Colour"
MAX_CHOICE = 24
"""Maximum width of the combo box, in characters."""
COMBO_PAD = 30
"""Width of the combo box besides its text, in pixels at text scale 1."""


class LegendBar(QWidget):
    """A combo box for the quantity, then a chip per class, or a bar for continuous values; one line.

    A click on a chip hides its class; Alt+click or a double click shows it alone; its menu selects it. The legend
    describes the active pane's run. With a selection, the chips follow the word "Selected" and have their counts: "0:
    47 of 412".
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._store, self._session = state, state.store, state.session
        set_identity(self, "legend", accessible="Legend")
        self._choices: tuple[ColourChoice, ...] = ()
        self._colouring: Colouring | None = None
        self._chips: dict[int, LegendChip] = {}
        self._limit = 0
        self._is_fitting = False
        self._make_parts()
        self.popup = ClassesPopup(themes, self)
        self.popup.toggled_class.connect(self._on_toggled)
        self.popup.isolated_class.connect(self._on_isolated)
        self.popup.menu_wanted.connect(self._open_menu)
        self.popup.all_wanted.connect(self._on_show_all)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for part in (self._head, self._combo, self._picked, self._more, self._all, self._bar, self._note):
            self._row.addWidget(part)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        state.session.listen(self.show_view)
        for signal in (state.store.plane_changed, state.store.opened, state.store.closed):
            signal.connect(self._on_run)
        state.units.changed.connect(self._show_run)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def _make_parts(self) -> None:
        self._head = QLabel(HEAD)
        self._head.setProperty("role", "muted")
        self._combo = set_identity(
            QComboBox(), "colour_by_combo", "Choose what the colours of the points show", "Colour by"
        )
        self._combo.setPlaceholderText("choose")
        # `activated` and not `currentIndexChanged`: only a choice of the user is to change the View.
        self._combo.activated.connect(self._on_combo)
        self._bar = ColourBar(self._themes)
        self._note = set_identity(ElidingLabel(), "legend_note", accessible="Reason why there are no colours")
        self._note.setProperty("role", "muted")
        self._picked = set_identity(
            QLabel("Selected"), "legend_selected", "Number of selected samples of each class", "Selected by class"
        )
        self._picked.setProperty("role", "muted")
        self._more = set_identity(QToolButton(), "legend_more", "Show all classes in a list", "More classes")
        self._more.clicked.connect(self._on_more)
        self._all = set_identity(QPushButton("Show all"), "legend_show_all", "Show all classes", "Show all classes")
        self._all.setProperty("kind", "link")
        self._all.clicked.connect(self._on_show_all)

    @property
    def chips(self) -> tuple[LegendChip, ...]:
        """The chips of the first classes, in their order."""
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

    def set_limit(self, pixels: int) -> None:
        """Set the width within which the chips have to fit, in place of the widget's own."""
        if pixels != self._limit:
            self._limit = pixels
            self._fit_chips()

    def minimumSizeHint(self) -> QSize:
        """Return the size without chips: those that do not fit are in the pop-up."""
        return QSize(self._width_of(self._combo), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many chips as fit into the new width."""
        super().resizeEvent(event)
        # Within a limit the chips do not depend on the width, which in turn depends on them.
        if not self._limit:
            self._fit_chips()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the chips to a new text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_combo()
            self._fit_chips()

    @property
    def _run(self) -> OpenRun | None:
        return self._store.runs.get(self._session.view.active_run or "")

    @Slot()
    def _show_run(self) -> None:
        run, unit = self._run, self._state.units.unit
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
        self._fill_combo(choices(run.description, run.plane, unit), run.plane)
        self._show_chips()

    def _show_head(self, run: OpenRun) -> None:
        """Name the data set in the heading if the panes show more than one."""
        shown = shown_runs(self._session.view, self._store.runs)
        several = any(other.description.fingerprint != run.description.fingerprint for other in shown)
        self._head.setText(f"Colour {run.description.name} by" if several else HEAD)
        self._combo.setAccessibleName(f"Colour {run.description.name} by" if several else "Colour by")

    def _fill_combo(self, found: tuple[ColourChoice, ...], codes: PlaneCodes | None) -> None:
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
        self._fit_combo()

    def _fit_combo(self) -> None:
        """Make the combo box as wide as its current entry, and its list as wide as the longest."""
        bold = QFont(self._combo.font())
        bold.setWeight(QFont.Weight.DemiBold)
        metrics, pad = QFontMetrics(bold), round(COMBO_PAD * self._themes.scale)
        texts = [self._combo.itemText(index) for index in range(self._combo.count())]
        current = self._combo.currentText() or self._combo.placeholderText()
        widest = metrics.averageCharWidth() * MAX_CHOICE
        self._combo.setFixedWidth(min(metrics.horizontalAdvance(current), widest) + pad)
        longest = max(map(metrics.horizontalAdvance, texts), default=0)
        self._combo.view().setMinimumWidth(longest + 2 * pad)

    def _show_chips(self) -> None:
        found, run = self._colouring, self._run
        keys = self._keys[:MAX_CHIPS]
        # Chips are reused while the classes stay: a chip that is replaced during its double click would lose the event.
        if tuple(self._chips) != keys:
            self._make_chips(keys)
        for key, text in self._chip_texts(MAX_CHIPS).items():
            self._chips[key].set_text(text)
        if self.popup.isVisible():
            self.popup.set_texts(self._chip_texts(None))
        self._bar.setVisible(found is not None and found.span is not None)
        if found is not None and found.span is not None:
            self._bar.set_span(*found.span, found.unit)
        self._note.setText(_note_text(found, run))
        self._note.setToolTip(self._note.text())
        self._fit_chips()

    @property
    def _keys(self) -> tuple[int, ...]:
        """The keys of all classes."""
        return self._colouring.keys if self._colouring is not None else ()

    def _chip_texts(self, count: int | None) -> dict[int, ChipText]:
        """Return the texts of the chips of the first ``count`` classes, or of all, by their keys."""
        found, run = self._colouring, self._run
        if found is None or run is None or found.groups is None or run.plane is None:
            return {}
        selection, size = self._session.view.selection, len(found.keys)
        counts = np.bincount(found.groups, minlength=size)
        picked = np.bincount(found.groups[np.isin(run.plane.index, selection)], minlength=size)
        names = found.names[:count]
        brief = brief_names(names) if size > MANY else ("",) * size
        texts, hidden_keys = {}, self._hidden
        for row, key in enumerate(found.keys[:count]):
            red, green, blue = map(int, found.colours[row])
            chosen = int(picked[row]) if selection else None
            hidden = key in hidden_keys
            texts[key] = ChipText(found.names[row], int(counts[row]), (red, green, blue), hidden, brief[row], chosen)
        return texts

    def _make_chips(self, keys: tuple[int, ...]) -> None:
        for chip in self._chips.values():
            self._row.removeWidget(chip)
            chip.hide()
            # Not deleted at once: its own signal may be running.
            chip.deleteLater()
        self._chips = {}
        for key in keys:
            chip = LegendChip(key, self._themes)
            chip.setObjectName(f"legend_class_{key}")
            chip.toggled_class.connect(self._on_toggled)
            chip.isolated_class.connect(self._on_isolated)
            chip.menu_wanted.connect(self._open_menu)
            self._row.insertWidget(self._row.indexOf(self._more), chip)
            self._chips[key] = chip

    def _fit_chips(self) -> None:
        """Show the chips that fit, and a button that lists all of them if chips or their counts are left out."""
        if self._is_fitting:
            return
        # Showing a part lays the bar out at once, which may resize it again.
        self._is_fitting = True
        try:
            self._choose_chips()
        finally:
            self._is_fitting = False

    def _choose_chips(self) -> None:
        # "Show all" takes no room from the chips: none may go while it is clicked.
        limit, chips = self._limit or self.width(), list(self._chips.values())
        least = (self._combo, *((self._more,) if chips else ()))
        # The box replaces the heading, and the pane the note beside the chips.
        self._head.setVisible(self._width_of(self._head, *least) <= limit)
        with_note = self._width_of(self._head, self._note, *least) <= limit
        self._note.setVisible(bool(self._note.text()) and (with_note or not chips))
        rest = [part for part in (self._head, self._bar, self._note) if not part.isHidden()]
        count, uncounted = self._fit_counts(chips, limit - self._width_of(self._combo, *rest))
        left = len(self._keys) - count
        self._more.setText(f"+{left}" if left else "…")
        more = f"{left} more {'class' if left == 1 else 'classes'}: show all in a list"
        self._more.setToolTip(more if left else "Show the number of selected samples of each class")
        self._more.setAccessibleName(f"{left} more classes" if left else "Selected samples by class")
        self._more.setVisible(left > 0 or uncounted)
        self._all.setVisible(left == 0 and bool(self._hidden & frozenset(self._keys)))
        for place, chip in enumerate(chips):
            chip.setVisible(place < count)

    def _fit_counts(self, chips: list[LegendChip], room: int) -> tuple[int, bool]:
        """Choose the form of the counts; return how many chips fit into ``room``, and whether their counts do not.

        All classes without counts are better than some of them with counts: the list has the counts, too.
        """
        selected, total = bool(chips) and bool(self._session.view.selection), len(self._keys)
        forms = ((0, True), (1, True), (1, False), (2, False)) if len(chips) == total else ()
        for form, labelled in forms:
            for chip in chips:
                chip.set_form(form)
            self._more.setText("…")
            beside = [self._picked] if labelled and selected else [self._more] if form == 2 and selected else []
            if self._width_of(*chips, *beside) <= room:
                # Set once, as it changes the layout.
                self._picked.setVisible(labelled and selected)
                return len(chips), form == 2 and selected
        for chip in chips:
            chip.set_form(2)
        self._picked.hide()
        self._more.setText(f"+{total}")
        room -= self._width_of(self._more)
        widths = accumulate(map(self._width_of, chips[: total - 1]))
        return sum(1 for _ in takewhile(lambda width: width <= room, widths)), False

    def _width_of(self, *parts: QWidget) -> int:
        # The combo box has a fixed width, which bounds its hint.
        return sum(min(part.sizeHint().width(), part.maximumWidth()) + self._row.spacing() for part in parts)

    @Slot()
    def _on_more(self) -> None:
        self.popup.set_texts(self._chip_texts(None))
        self.popup.open_above(self._more)

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
        others = frozenset(self._keys) - {key}
        self._hide(frozenset() if self._hidden == others else others)

    @Slot(int, QPoint)
    def _open_menu(self, key: int, at: QPoint) -> None:
        class_menu(self._state, key, self).popup(at)

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
        self._row.setSpacing(round(2 * self._themes.scale))
        self._show_run()


def _note_text(found: Colouring | None, run: OpenRun | None) -> str:
    """Return why there are no colours, or what is counted if the points are prior draws."""
    if found is None or found.problem or run is None or run.plane is None or not run.plane.drawn:
        return found.problem or found.note if found is not None else ""
    return f"of {len(run.plane.index):,} prior draws"
