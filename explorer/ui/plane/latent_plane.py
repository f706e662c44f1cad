"""A latent plane, composed of plot, points, overlays, marks and input, and the texts about it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.jobs.plane.colouring import available_choice, choice_title, choices
from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.reports.plane_layers import plane_layer, plane_subtitle, save_plane_picture
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import POINTS, Outside, outside_points
from explorer.plot.contents import PlaneContents
from explorer.session import Pane, View
from explorer.ui.plane.input.gesture import Picker
from explorer.ui.plane.input.hover import Hover
from explorer.ui.plane.input.key_input import KeyInput
from explorer.ui.plane.input.mouse_input import MouseInput
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.overlay_layer import OverlayLayer
from explorer.ui.plane.overlays.strip_painter import room_of_strips
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.plot.ticks import MAX_OUTSIDE
from explorer.ui.plane.points.coloured_points import ColouredPoints, emphasis_of
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

MAX_BEYOND, MIN_FILLED = 0.01, 0.6
"""During training the view is refitted if this share of the codes is outside that would not be, or they fill less."""

HELP = (
    "Click or drag: decode that point. Click a ringed point: follow its sample; Alt+click: "
    "decode exactly there. Wheel: zoom. Middle-drag or Space+drag: pan. Shift+drag: select. "
    "Double-click: fit. Arrow keys: move the probe. R: random z. S: follow the nearest sample. "
    "Esc: clear."
)
NO_POINTS = "There are no points to save yet"


class LatentPlane(QObject):
    """Draws the plane of one pane and handles its input. ``plot`` is the widget for a layout; it owns this object.

    The parts, each of which uses only those before it:

    1. ``plot``: axes (`TicksItem`) and a `Camera` for zoom, pan and fit.
    2. ``codes``: the pane's run and its projected codes.
    3. ``points``: the codes as coloured points.
    4. ``overlay_layer`` and ``cursor``: overlays under and over the points, and the marks.
    5. ``hover``, ``mouse`` and ``keys``: the input, which changes the session.

    Changes of the session arrive by `show_view`, new codes by the signals of the run store.
    """

    def __init__(self, state: AppState, themes: ThemeSource, pane: Pane, parent: QWidget | None = None) -> None:
        plot = PlotArea(themes, parent)
        super().__init__(plot)
        self.plot, self.camera = plot, plot.camera
        self._themes = themes
        self._state, self._tasks, self._trainings = state, state.tasks, state.trainings
        self._probing, self._session = state.probing, state.session
        self.codes = PaneCodes(state, pane)
        self.points = ColouredPoints(self.codes, state, themes)
        # ignoreBounds: the camera decides what is visible, not pyqtgraph's automatic range.
        self.plot.view_box.addItem(self.points.item, ignoreBounds=True)
        self.cursor = CursorLayer(self.plot, self.codes, state)
        self.overlay_layer = OverlayLayer(self.plot, self.codes, state)
        self.picker = Picker(self.camera, self.codes, self.points)
        self.hover = Hover(self.plot, self.picker, state)
        self.mouse = MouseInput(self.plot, self.picker, self.cursor, self.hover, self.overlay_layer, state)
        self.keys = KeyInput(self.plot, self.codes, self.cursor, self.mouse, state)
        self.plot.set_handlers(self.mouse, self.keys)
        self.plot.setAccessibleDescription(HELP)
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        QVBoxLayout(self.plot.viewport()).addWidget(self._empty)
        self._empty.setProperty("role", "muted")
        # The message covers the plot; clicks still have to reach it.
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._connect()
        self._apply_theme()
        self.show_pane(pane)

    def _connect(self) -> None:
        state = self._state
        self.camera.moved.connect(self._label_axes)
        self.camera.moved.connect(self.hover.move_card)
        self.overlay_layer.drawn.connect(self._label_axes)
        self.hover.row_changed.connect(self._on_hovered)
        self.mouse.save_wanted.connect(self.save_picture)
        self._themes.changed.connect(self._apply_theme)
        state.units.changed.connect(self._on_unit)
        state.store.plane_changed.connect(self._on_plane)
        state.store.opened.connect(self._on_opened)
        state.store.details_changed.connect(self._on_run)
        state.store.weights_changed.connect(self._on_run)

    @Slot()
    def _on_unit(self) -> None:
        # For the colour bar of a saved picture; the colours stay.
        self.points.colour()

    # What is shown

    @property
    def key(self) -> str:
        """The run's key."""
        return self.codes.key

    @property
    def pane(self) -> Pane:
        """The shown run and its dimensions."""
        return self.codes.pane

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1 from the left; it is part of the object name."""
        self.codes.index = number - 1
        self.plot.setObjectName(f"latent_plane_{number}")

    def show_pane(self, pane: Pane) -> None:
        """Show another run or other dimensions, fitted."""
        self.hover.clear()
        # Overlays of the same run stay until newer ones arrive; those of another run would be wrong.
        if pane.run != self.key:
            self.overlay_layer.clear()
        self.codes.pane = pane
        self._reload()
        self._refit()

    def show_view(self, old: View, new: View) -> None:
        """Redraw what changed between two Views."""
        if old.mode != new.mode:
            self.mouse.refresh_cursor()
        self.points.show_view(old, new)
        if replace(old, replay_epoch=new.replay_epoch) != new:  # a frame of a replay arrives as new codes
            self.cursor.refresh()
            self._keep_edges_free()
            self._label_axes()
            self.overlay_layer.refresh(by_user=True)

    def activate(self) -> None:
        """Make this the active pane."""
        self.mouse.activate()

    def show_sample(self, sample: int) -> None:
        """Move the view to a sample if it is outside."""
        projected = self.codes.projected
        point = None if projected is None else projected.point_of_sample(sample)
        if point is not None and not self.camera.visible_box().contains(np.array([point]))[0]:
            self.camera.reveal(Box(point[0], point[0], point[1], point[1]))

    @Slot()
    def save_picture(self) -> None:
        """Ask for a path, and save the plane with its legend as PNG, SVG or PDF."""
        contents, dark = self._contents(), self._themes.theme.dark
        if contents is None:
            self._state.messages.notify(NO_POINTS)
            return
        path = ask_path(self.plot, "Save plane", f"{contents.title}-plane.png", FIGURE_KINDS)
        if path is not None:
            self._tasks.save(path, lambda _: save_plane_picture(path, contents, dark=dark))

    def _contents(self) -> PlaneContents | None:
        """Return the visible plane as values for a picture; None before it has points."""
        run, projected, colouring = self.codes.run, self.codes.projected, self.points.colouring
        if run is None or projected is None or colouring is None:
            return None
        view, codes = self._session.view, projected.codes
        title = choice_title(available_choice(view.colour_by, codes), choices(run.description, codes))
        meaning = colouring.meaning(title, view.hidden_in(run.description.fingerprint))
        epoch = "" if run.shown_epoch is None else f", epoch {run.shown_epoch:.4g}"
        contents = PlaneContents(
            title=run.name,
            subtitle=f"{plane_subtitle(run, projected)}{epoch}",
            box=self.camera.visible_box(),
            points=projected.points,
            index=codes.index,
            labels=codes.labels,
            description=run.description,
            axis_titles=(projected.axis_title(0), projected.axis_title(1)),
            is_strips=projected.is_strips,
            marks=replace(self.cursor.marks, hovered=None, hovered_elsewhere=None, area=None),
            layers=tuple(plane_layer(name, result) for name, result in self.overlay_layer.results().items()),
            coloured_by=meaning,
            emphasis=emphasis_of(self.codes.view, self.key, projected, same_data=True),
            point_size=view.point_size,
            point_opacity=view.point_opacity,
        )
        return contents.of_rows(self.points.item.shown())

    # Drawing

    def _reload(self) -> None:
        """Draw the current codes of the run."""
        self.codes.reload()
        projected, run = self.codes.projected, self.codes.run
        self.camera.home = None if projected is None else projected.fitted()
        self.points.reload()
        names = None
        if projected is not None and run is not None and projected.is_strips:
            names = run.description.class_names if projected.codes.labels is not None else ()
        self.plot.set_strips(names)
        self.cursor.refresh()
        self._keep_edges_free()
        self.overlay_layer.refresh()
        self._show_words()

    def _refit(self) -> None:
        self.camera.refit()
        self._label_axes()

    def _keep_edges_free(self) -> None:
        """Reserve margins for overlays that are drawn along the plane's edges."""
        at_edge = self.overlay_layer.is_at_edge
        flat = self.codes.projected is not None and self.codes.projected.is_strips
        left, bottom = room_of_strips(self._themes.scale, flat=flat) if at_edge else (0.0, 0.0)
        self.plot.set_edge_strips(left, bottom)
        self.overlay_layer.notes.set_base(bottom)

    @Slot()
    def _label_axes(self) -> None:
        projected = self.codes.projected
        names = ("", "") if projected is None else (projected.axis_title(0), projected.axis_title(1))
        outside = self._outside(self.camera.visible_box())
        self.plot.ticks.set_texts(names, outside)
        self.overlay_layer.notes.set_head_rows(min(len(outside), MAX_OUTSIDE))

    def _outside(self, box: Box) -> tuple[Outside, ...]:
        """Return what is outside the visible part: points, marks, and things that overlays draw."""
        projected = self.codes.projected
        if projected is None:
            return ()
        points = outside_points(projected.points, box, POINTS)
        marks = self.cursor.marks.outside(box)
        return (*(() if points is None else (points,)), *marks, *self.overlay_layer.outside(box))

    def _show_words(self) -> None:
        run, projected = self.codes.run, self.codes.projected
        self.plot.setAccessibleName(plane_description(run, projected))
        self._empty.setVisible(projected is None)
        self.plot.ticks.setVisible(projected is not None)
        self._empty.setText(empty_text(self.key, run, self.key in self._trainings.running))

    def _follow(self, projected: ProjectedCodes, fitted: Box) -> None:
        """Refit the view to codes that have left it. Small changes are ignored: a view that always moves distracts."""
        camera, run = self.camera, self.codes.run
        # While scrubbing, frames follow each other too fast to glide.
        replayed = run is not None and run.shown_epoch is not None
        moves = replayed or self.key in self._trainings.running
        # Codes far out are always outside.
        more = camera.goal.count_outside(projected.points) - fitted.count_outside(projected.points)
        beyond = more > MAX_BEYOND * len(projected.points)
        if not moves or beyond or camera.goal.is_filled_by(fitted) < MIN_FILLED:
            (camera.jump_to if replayed else camera.glide_to)(fitted)

    # What changed

    @Slot()
    def _on_hovered(self) -> None:
        """Ring the hovered point here and on the other planes."""
        row = self.hover.row
        self.overlay_layer.set_front(row)
        self.cursor.set_hovered(row)
        self._probing.hover_sample(self.key, self.codes.sample_of(row))

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        if key != self.key:
            if self._session.view.colour_by == "reconstruction":  # all planes share its scale
                self.points.colour()
            return
        was_empty = self.codes.projected is None
        self._reload()
        if was_empty:
            self._refit()
        elif self.codes.projected is not None and (target := self.camera.target) is not None:
            self._follow(self.codes.projected, target)
            self._label_axes()
            self.hover.move_card()

    @Slot(str)
    def _on_opened(self, key: str) -> None:
        """Update the marks once the active pane's run is open: only then is it known whether the data are the same."""
        if key != self.key and key == self._session.view.active_run:
            self.points.fade(None, self._session.view)
            self.cursor.refresh()
            self.overlay_layer.refresh()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self.key and self.codes.projected is None:
            self._show_words()

    @Slot()
    def _apply_theme(self) -> None:
        self.plot.apply_theme()
        self._label_axes()
        self.cursor.apply_theme()
        self.points.apply_theme()
        self._keep_edges_free()


def empty_text(key: str, run: OpenRun | None, training: bool) -> str:
    """Return why there are no points and what to do."""
    if run is None:
        return f"Opening {Path(key).name} …"
    if training or run.status == "training":
        return "Codes appear in a moment"
    if run.missing_data:
        of = "" if run.used is None or run.used.is_newest else " for these weights"
        return f"No codes are stored{of} with this run, and its data is missing: {run.missing_data}"
    if run.used is not None:  # it has a model, and the codes of other weights than the final ones are not stored
        return "Codes appear once the data is loaded" if run.dataset is None else "Codes appear in a moment"
    return "No codes yet: choose Resume in this pane's menu ▾"


def plane_description(run: OpenRun | None, projected: ProjectedCodes | None) -> str:
    """Return a description of the plane for screen readers."""
    if run is None or projected is None:
        return "Latent plane"
    return f"Latent plane of {run.name}: {len(projected.points):,} {projected.codes.rows_are}"


def drawn_text(codes: PlaneCodes | None) -> str:
    """Return what the points are if they are prior draws; "" if they are samples."""
    if codes is None or not codes.drawn:
        return ""
    coloured = f", each coloured by {codes.labelled_by}" if codes.labelled_by else ""
    return f"No encoder: {len(codes.index):,} draws from the prior{coloured}"
