"""A run's codes on a plane: the plot, the points, the overlays, the marks and the input, and how they go together."""

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QLabel, QWidget

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.latent.plane.box import Box
from explorer.session import Pane, View
from explorer.ui.plane.input.hover import Hover
from explorer.ui.plane.input.key_input import KeyInput
from explorer.ui.plane.input.mouse_input import MouseInput
from explorer.ui.plane.input.picker import Picker
from explorer.ui.plane.overlays.cursor_layer import CursorLayer
from explorer.ui.plane.overlays.overlay_layer import OverlayLayer
from explorer.ui.plane.overlays.strip_painter import room_of_strips
from explorer.ui.plane.plane_text import Room, axis_names, empty_words, plane_words
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.coloured_points import ColouredPoints
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import PICTURE_KINDS, ask_path, item_as_bytes, write_bytes

NARROW, LEAST = 360, 240
"""Widths at scale 1 below which the axis names are shorter, and as short as possible."""

MAX_BEYOND, MIN_FILLED = 0.02, 0.6
"""In training the view follows when more than this share of the codes is out of view, or they fill less of it."""

HELP = (
    "Click or drag: decode that point. Click a ringed point: follow its sample; Alt+click: "
    "decode exactly there. Wheel: zoom. Middle-drag or Space+drag: pan. Shift+drag: select. "
    "Double-click: fit. Arrow keys: move the probe. R: random z. S: follow the nearest sample. "
    "Esc: clear."
)


class LatentPlane(QObject):
    """Draws one pane's plane and takes its input. The widget to put into a layout is ``plot``, which owns the plane.

    The parts, each of which knows only those before it:

    1. ``plot``: axes and a `Camera` for zoom, pan and fit.
    2. ``codes``: the pane's run and its codes as they lie on the plane.
    3. ``points``: the codes as coloured points.
    4. ``overlay_layer`` and ``cursor``: what is drawn under and over the points.
    5. ``hover``, ``mouse`` and ``keys``: the input, which changes the session.

    The session's changes come back by `show_view`, new codes by the signals of the state.
    """

    def __init__(self, state: AppState, themes: ThemeSource, pane: Pane, parent: QWidget | None = None) -> None:
        plot = PlotArea(themes, parent)
        super().__init__(plot)
        self.plot, self.camera = plot, plot.camera
        self._themes = themes
        self._state, self._tasks, self._trainings = state, state.tasks, state.trainings
        self._probing, self._session = state.probing, state.session
        self._axis_names = ("", "")
        self.codes = PaneCodes(state, pane)
        self.points = ColouredPoints(self.codes, state, themes)
        self.plot.view_box.addItem(self.points.item, ignoreBounds=True)
        self.cursor = CursorLayer(self.plot, self.codes, state)
        self.overlay_layer = OverlayLayer(self.plot, self.codes, state)
        self.picker = Picker(self.camera, self.codes, self.points)
        self.hover = Hover(self.plot, self.picker, state)
        self.mouse = MouseInput(self.plot, self.picker, self.cursor, self.hover, self.overlay_layer.notes, state)
        self.keys = KeyInput(self.plot, self.codes, self.cursor, self.mouse, state)
        self.plot.set_handlers(self.mouse, self.keys)
        self.plot.setAccessibleDescription(HELP)
        self._empty = QLabel(self.plot, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setProperty("role", "muted")
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._connect()
        self._redress()
        self.show_pane(pane)

    def _connect(self) -> None:
        state = self._state
        self.camera.moved.connect(self._show_axis_names)
        self.camera.moved.connect(self.hover.keep_place)
        self.hover.row_changed.connect(self._on_hovered)
        self.mouse.save_wanted.connect(self.save_picture)
        self._themes.changed.connect(self._redress)
        state.store.plane_changed.connect(self._on_plane)
        state.store.opened.connect(self._on_opened)
        state.store.details_changed.connect(self._on_run)
        state.store.weights_changed.connect(self._on_run)

    # What is shown

    @property
    def key(self) -> str:
        """The run's key."""
        return self.codes.key

    @property
    def pane(self) -> Pane:
        """Which run it shows, and which of its dimensions."""
        return self.codes.pane

    def set_number(self, number: int) -> None:
        """Name the plane after its pane, counted from 1 from the left."""
        self.codes.index = number - 1
        self.plot.setObjectName(f"latent_plane_{number}")

    def show_pane(self, pane: Pane) -> None:
        """Show another run, or others of its dimensions, fitted."""
        self.hover.clear()
        if pane.run != self.key:
            self.overlay_layer.clear()
        self.codes.pane = pane
        self._reload()
        self._refit()

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        if old.mode != new.mode:
            self.mouse.refresh_cursor()
        self.points.show_view(old, new)
        if replace(old, replay_epoch=new.replay_epoch) != new:  # a frame of the replay comes as new codes
            self.cursor.refresh()
            self._keep_edges_free()
            self.overlay_layer.refresh(by_hand=True)

    def activate(self) -> None:
        """Make this the pane that the panels show."""
        self.mouse.activate()

    @Slot()
    def save_picture(self) -> None:
        """Ask for a path, and save the plane as PNG or SVG."""
        run = self.codes.run
        name = run.name if run is not None else "plane"
        path = ask_path(self.plot, "Save plane", f"{name}-plane.png", PICTURE_KINDS)
        if path is not None:
            data = item_as_bytes(self.plot.getPlotItem(), path.suffix)
            self._tasks.save(path, lambda _: write_bytes(path, data))

    # Drawing

    def _reload(self) -> None:
        """Draw the run's present codes."""
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
        self._show_axis_names()

    def _keep_edges_free(self) -> None:
        """Fit the codes beside overlays that are drawn along the plane's edges."""
        at_edge = self.overlay_layer.is_at_edge
        flat = self.codes.projected is not None and self.codes.projected.is_strips
        self.camera.set_margins(*(room_of_strips(self._themes.scale, flat=flat) if at_edge else (0.0, 0.0)))

    @Slot()
    def _show_axis_names(self) -> None:
        width = self.plot.width() / self._themes.scale
        room: Room = "wide" if width >= NARROW else "narrow" if width >= LEAST else "least"
        names = axis_names(self.codes.projected, self.camera.visible_box(), room=room)
        if names != self._axis_names:
            self._axis_names = names
            self.plot.set_axis_names(*names)

    def _show_words(self) -> None:
        run, projected = self.codes.run, self.codes.projected
        self.plot.setAccessibleName(plane_words(run, projected))
        self._empty.setVisible(projected is None)
        self._empty.setText(empty_words(run, self.key in self._trainings.running))
        self._empty.setGeometry(self.plot.plot_rect().toRect())

    def _follow(self, projected: ProjectedCodes, fitted: Box) -> None:
        """Let the view follow codes that have left it; small moves of the view would only be distracting."""
        camera, run = self.camera, self.codes.run
        replayed = run is not None and run.shown_epoch is not None  # the next frame may come soon
        moves = replayed or self.key in self._trainings.running
        beyond = camera.goal.count_outside(projected.places) > MAX_BEYOND * len(projected.places)
        if not moves or beyond or camera.goal.is_filled_by(fitted) < MIN_FILLED:
            (camera.jump_to if replayed else camera.glide_to)(fitted)

    # What changed

    @Slot()
    def _on_hovered(self) -> None:
        """Ring the hovered point, here and on the other planes."""
        row = self.hover.row
        self.overlay_layer.set_front(row)
        self.cursor.set_hovered(row)
        self._probing.hover_sample(self.key, self.codes.sample_of(row))

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        if key != self.key:
            if self._session.view.colour_by == "reconstruction":  # its scale is shared with the other planes
                self.points.colour()
            return
        was_empty = self.codes.projected is None
        self._reload()
        if was_empty:
            self._refit()
        elif self.codes.projected is not None and self.camera.home is not None:
            self._follow(self.codes.projected, self.camera.home)
            self._show_axis_names()
            self.hover.keep_place()

    @Slot(str)
    def _on_opened(self, key: str) -> None:
        """Mark the samples here too: only once the active pane's run is open is it known whose they are."""
        if key != self.key and key == self._session.view.active_run:
            self.points.fade(None, self._session.view)
            self.cursor.refresh()
            self.overlay_layer.refresh()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self.key and self.codes.projected is None:
            self._show_words()

    @Slot()
    def _redress(self) -> None:
        self.plot.dress_axes()
        self._axis_names = ("", "")
        self._show_axis_names()
        self.cursor.redress()
        self.points.redress()
        self._keep_edges_free()
