"""The traversal panel: decodes along directions through the probe.

1. `centre_of` says which code the rows go through: that of the probe in the run of the active pane.
2. `TraversalQuestions` decodes the rows in view; while the probe is dragged, those in view follow it.
3. A cell under the mouse is previewed in the decode column, and is a dot on the line of its direction on the plane.
   A click moves the probe there.
4. Range, steps, order, differences and the chosen row are those of `View.traversal`; names are kept with the run.
5. While hidden, the panel asks nothing and marks nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from explorer.config import ConfigError
from explorer.latent.codes.draws import CodeSource
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import TraversalRow
from explorer.session import Path, Probe, Traversal, View, Waypoint
from explorer.ui.decode.decode_state import why_no_decode
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.services.app_state import AppState
from explorer.ui.services.probing import MarkedLine, Preview
from explorer.ui.services.weights_words import with_weights
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.traverse.kept_names import KeptNames
from explorer.ui.traverse.traverse_actions import TraverseActions
from explorer.ui.traverse.traverse_command import traverse_command
from explorer.ui.traverse.traverse_frame import TraverseFrame
from explorer.ui.traverse.traverse_painter import TraversalCell
from explorer.ui.traverse.traverse_questions import ShownSection, TraversalQuestions
from explorer.ui.traverse.traverse_saver import NOTHING, TraversalSaver
from explorer.ui.traverse.traverse_words import (
    LIVE_MODEL,
    NOT_A_DIMENSION,
    Centre,
    centre_of,
    dimension_of,
    title_forms,
)
from explorer.ui.widgets.identity import enable, set_identity


class TraversePanel(QWidget):
    """Shows rows of decodes through the session's probe."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._messages = state.messages
        self._names = KeptNames(state, self)
        self._questions = TraversalQuestions(state, self)
        self._saver = TraversalSaver(state, self._questions, self)
        # Not a part of the session: each press of the button asks for another sample.
        self._random = np.random.default_rng()
        self.frame, self.actions_ = TraverseFrame(themes), TraverseActions(self)
        self.table = self.frame.table
        self._read = ""  # key of the run whose names were read since the panel was shown
        self._row_menu = set_identity(QMenu(self), "traverse_row_menu", accessible="Direction")
        self._row_menu.setToolTipsVisible(True)
        # Rows arrive one by one; those that arrive together are drawn together.
        self._soon = RestTimer(state.asker, 0, self)
        column = QVBoxLayout(self)
        # The frame has its own margins.
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._connect()
        self._follow()

    def _connect(self) -> None:
        frame, table, actions = self.frame, self.table, self.actions_
        for field, box in frame.boxes.items():
            box.activated.connect(lambda _, field=field, box=box: self._choose(**{field: box.currentData()}))
        frame.steps.valueChanged.connect(lambda steps: self._choose(steps=steps))
        for field, choices in frame.menu.choices.items():
            for value, action in choices.items():
                action.triggered.connect(lambda _, field=field, value=value: self._choose(**{field: value}))
        frame.probe_sample.clicked.connect(self._on_probe_sample)
        table.rows_wanted.connect(self._questions.want)
        table.pointed.connect(self._on_pointed)
        table.cell_chosen.connect(self._on_cell)
        table.row_chosen.connect(lambda key: self._choose(row=key))
        table.named.connect(self._on_named)
        table.menu_wanted.connect(self._on_menu)
        for action, slot in (
            (actions.rename, self._on_rename),
            (actions.copy_name, self._on_copy_name),
            (actions.use_as_path, self._on_use_as_path),
            (actions.save_figure, self.save_figure),
            (actions.save_film, self.save_film),
            (actions.save_numbers, self.save_numbers),
        ):
            action.triggered.connect(slot)
        self._questions.changed.connect(self._on_rows)
        self._names.changed.connect(self._on_run)
        self._soon.timeout.connect(self._draw)
        self._themes.changed.connect(self._show_head)
        store = self._store
        for signal in (store.opened, store.closed, store.details_changed, store.plane_changed):
            signal.connect(self._on_run)
        store.plane_changed.connect(self._questions.on_run)
        self._session.listen(self.show_view)

    # What is shown

    def show_view(self, old: View, new: View) -> None:
        """Follow the probe, the active pane and the settings."""
        about = ("probe", "panes", "active", "traversal", "condition")
        # A view that changes while the panel is hidden is read once, when it is shown.
        if self.isVisible() and any(getattr(old, name) != getattr(new, name) for name in about):
            self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what has changed while the panel was hidden."""
        super().showEvent(event)
        self._read = ""
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing and mark nothing."""
        super().hideEvent(event)
        self._questions.drop()
        self.table.point_at(None)
        self._probing.mark_line(None)

    def export_actions(self) -> list[QAction]:
        """Return the actions that save the traversal."""
        actions = [self.actions_.save_figure, self.actions_.save_film, self.actions_.save_numbers]
        for action in actions:
            enable(action, NOTHING if self._centre is None else "")
        return actions

    def copy_command(self) -> str:
        """Return the command line that makes the traversal, or "" without one."""
        centre = self._centre
        return "" if centre is None else with_weights(traverse_command(centre, self._traversal), centre.run)

    @property
    def _centre(self) -> Centre | None:
        return self._questions.centre

    @property
    def _traversal(self) -> Traversal:
        return self._session.view.traversal

    def _follow(self) -> None:
        """Take the code and the settings from the session, and ask for the rows."""
        view = self._session.view
        why = why_no_decode(self._store.get(view.active_run))
        found = why or centre_of(view, self._store.runs)
        centre = None if isinstance(found, str) else found
        run = None if centre is None else centre.run
        # Read once for each time the panel is shown: the command line may have kept other vectors meanwhile.
        if run is not None and run.key != self._read and self.isVisible():
            self._read = run.key
            self._names.read(run)
        normal = run is None or CodeSource(run.latent_dim, run.capabilities).has_normal_prior
        self.frame.show_traversal(view.traversal, normal_prior=normal)
        offers = isinstance(found, str) and not why and self._run_of_samples() is not None
        self.frame.show_empty(found if isinstance(found, str) else "", offers_sample=offers)
        if self.isVisible():
            vectors = () if run is None else self._names.vectors(run.key)
            self._questions.show(centre, view.traversal, vectors)
        self._show_head()
        self._draw()

    @Slot()
    def _show_head(self) -> None:
        centre = self._centre
        if centre is None:
            self.frame.set_title(("Directions through the probe",), "")
            self.frame.set_picture(None)
            return
        self.frame.set_title(title_forms(centre), centre.words)
        picture, side = self._picture(centre), self.frame.picture_side
        if picture is None or side == 0:
            self.frame.set_picture(None)
            return
        image = render_sample(picture, centre.run.description, self._themes.theme, side, self.devicePixelRatioF())
        self.frame.set_picture(QPixmap.fromImage(image), centre.words)

    def _picture(self, centre: Centre) -> np.ndarray | None:
        """Return the probe's sample, or the decode of the probe."""
        data = centre.run.dataset
        if centre.sample is not None and data is not None and centre.sample < len(data):
            return np.asarray(data.rows(np.array([centre.sample]))[0])
        answer = self._questions.sections["dimensions"].answer
        return None if answer is None else answer.probe

    @Slot()
    def _draw(self) -> None:
        centre = self._centre
        if centre is None or not self.isVisible():
            self._mark_line()
            return
        chosen, sections = self._chosen, self._questions.sections
        why = LIVE_MODEL if centre.run.is_user_model else ""
        answer = sections["dimensions"].answer
        self.frame.show_order("variance" if answer is not None and answer.measured == "variance" else "KL")
        names = self._names.names(centre.run.key)
        traversal = self._traversal
        # Steps are odd here as in the questions: the session may hold an even number from an older file.
        about = centre.run.description, names, chosen, traversal.difference, traversal.steps | 1
        self.table.show_table(sections, *about, _notes(sections, traversal), why)
        self._mark_line()

    @property
    def _chosen(self) -> str:
        """The key of the chosen row; the first one until the user has chosen one of these."""
        sections = self._questions.sections
        keys = [key for shown in sections.values() for key in shown.keys]
        return self._traversal.row if self._traversal.row in keys else next(iter(keys), "")

    def _mark_line(self) -> None:
        """Show the chosen row, or that of the cell under the mouse, on the planes of its run."""
        cell, centre = self.table.cell, self._centre
        row = self.table.row(self._chosen if cell is None else cell.key)
        # While the probe is dragged, a line through its earlier position would lag behind it.
        is_current = row is not None and centre is not None and _goes_through(row, centre.z)
        if not self.isVisible() or centre is None or row is None or not is_current:
            self._probing.mark_line(None)
            return
        here = None if cell is None else cell.step
        # Marked only if it changed: each mark repaints all planes of the run.
        before = self._probing.line
        if before is None or (before.codes is not row.codes, before.here) != (False, here):
            self._probing.mark_line(MarkedLine(centre.run.key, row.codes, here, row.direction.symbol))

    # What the user does

    def _choose(self, **changes: object) -> None:
        self._session.set(traversal=replace(self._traversal, **changes))  # type: ignore[arg-type]

    @Slot(object)
    def _on_pointed(self, cell: TraversalCell | None) -> None:
        row, centre = None if cell is None else self.table.row(cell.key), self._centre
        if cell is None or row is None or centre is None:
            self._probing.show_preview(None)
        else:
            probe = Probe(centre.run.key, tuple(map(float, row.codes[cell.step])))
            self._probing.show_preview(Preview(probe, row.value_text(cell.step), centre.sample))
        self._mark_line()

    @Slot(object)
    def _on_cell(self, cell: TraversalCell) -> None:
        row, centre = self.table.row(cell.key), self._centre
        if row is None or centre is None:
            return
        traversal = replace(self._traversal, row=cell.key)
        if cell.step == row.centre:  # the probe is there already
            self._session.set(traversal=traversal)
            return
        probe = Probe(centre.run.key, tuple(map(float, row.codes[cell.step])))
        # A point has no class of its own; it is decoded as the cells are.
        chosen = {} if centre.condition is None else {"condition": centre.condition}
        name = f"move the probe along {row.direction.symbol}"
        self._session.set_step(name, probe=probe, traversal=traversal, **chosen)

    @Slot()
    def _on_probe_sample(self) -> None:
        key = self._run_of_samples()
        run = self._store.get(key)
        if key is not None and run is not None and run.plane is not None:
            sample = run.plane.sample_of(int(self._random.integers(len(run.plane.index))))
            if sample is None:
                self._probing.probe_random(key)
            else:
                self._probing.probe_sample(key, sample)

    def _run_of_samples(self) -> str | None:
        """Return the active run if a sample of it, or a random code, can be probed."""
        run = self._store.get(self._session.view.active_run)
        return run.key if run is not None and run.plane is not None and len(run.plane.index) else None

    @Slot(int, str)
    def _on_named(self, index: int, text: str) -> None:
        centre = self._centre
        if centre is None or text.strip() == self._names.names(centre.run.key).get(index, ""):
            return
        try:
            self._names.rename(centre.run, index, text)
        except ConfigError as error:
            # Errors begin in small letters, as the command line writes them after "Error: ".
            self._messages.notify(f"{str(error)[:1].upper()}{str(error)[1:]}")

    @Slot(str, QPoint)
    def _on_menu(self, key: str, at: QPoint) -> None:
        actions, centre = self.actions_, self._centre
        for action in actions.of_row:
            action.setData(key)
        why = NOT_A_DIMENSION if dimension_of(key) is None else ""
        enable(actions.rename, why or (LIVE_MODEL if centre is not None and centre.run.is_user_model else ""))
        self._row_menu.clear()
        self._row_menu.addActions(list(actions.of_row))
        self._row_menu.popup(at)

    @Slot()
    def _on_rename(self) -> None:
        self.table.begin_naming(self.actions_.rename.data())

    @Slot()
    def _on_copy_name(self) -> None:
        key, centre = self.actions_.copy_name.data(), self._centre
        row, index = self.table.row(key), dimension_of(key)
        if row is not None and centre is not None:
            own = "" if index is None else self._names.names(centre.run.key).get(index, "")
            words = own or row.direction.words
            QGuiApplication.clipboard().setText(f"{row.direction.symbol} {words}".strip())
            self._messages.remark("The name is copied")

    @Slot()
    def _on_use_as_path(self) -> None:
        """Make a path from the low to the high end of a row, at the probe."""
        row, centre = self.table.row(self.actions_.use_as_path.data()), self._centre
        if row is None or centre is None:
            return
        # Two ends are enough: the row is straight, so the path has all its codes.
        ends = tuple(Waypoint(tuple(map(float, row.codes[step]))) for step in (0, -1))
        low, middle, high = (row.coordinates[step] for step in (0, row.centre, -1))
        # Where the probe is on the path, so that the decode stays the same at first.
        t = float((middle - low) / (high - low)) if high > low else 0.5
        path = Path(centre.run.key, ends, t=min(max(t, 0.0), 1.0))
        self._session.set_step(f"use {row.direction.symbol} as a path", path=path)

    @Slot()
    def save_figure(self) -> None:
        """Ask for a file, and save all rows as a figure."""
        difference = self._traversal.difference != "none"
        self._saver.save_figure(self._own_names(), difference=difference, dark=self._themes.theme.dark)

    @Slot()
    def save_film(self) -> None:
        """Ask for a file, and save all rows as an animation."""
        self._saver.save_film(dark=self._themes.theme.dark)

    @Slot()
    def save_numbers(self) -> None:
        """Ask for a file, and save codes and decodes."""
        self._saver.save_numbers(self._own_names())

    def _own_names(self) -> Mapping[int, str]:
        return {} if self._centre is None else dict(self._names.names(self._centre.run.key))

    # Answers, and changes of runs

    @Slot(str)
    def _on_rows(self, section: Section) -> None:
        centre = self._centre
        # The decode of the probe, which is in the head where no sample can be shown.
        if section == "dimensions" and centre is not None and (centre.sample is None or centre.run.dataset is None):
            self._show_head()
        self._soon.begin()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if self.isVisible() and key in {pane.run for pane in self._session.view.panes}:
            self._follow()


def _goes_through(row: TraversalRow, z: tuple[float, ...]) -> bool:
    """Return whether a row was decoded for this code; a dragged probe is ahead of its rows."""
    return bool(np.array_equal(row.codes[row.centre], np.array(z, np.float32)))


def _notes(sections: Mapping[Section, ShownSection], traversal: Traversal) -> dict[Section, tuple[str, ...]]:
    """Return the notes that are shown below each section: settings that could not be followed, and why.

    The others are in the tooltip of its head.
    """
    found: dict[Section, tuple[str, ...]] = {}
    for section, shown in sections.items():
        answer = shown.answer
        if answer is None:
            is_news = bool(shown.why) and section != "vectors"
            found[section] = (f"{shown.why[:1].upper()}{shown.why[1:].rstrip('.')}.",) if is_news else ()
        elif section == "dimensions":
            spanned = "prior" if answer.ends[0].endswith("σ") else "codes"
            unusual = (spanned != traversal.span, answer.measured != "kl")
            notes = [note for note, shows in zip(answer.notes, unusual, strict=False) if shows]
            found[section] = (*notes, *answer.notes[2:])
        else:
            found[section] = ()
    return found
