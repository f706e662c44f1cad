"""A run's codes on a plane: points, marks, overlays, and the hand on them."""

from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent
from PySide6.QtWidgets import QLabel, QWidget

from explorer.jobs.open_run import OpenRun
from explorer.session import Pane, Probe, View
from explorer.ui.plane.coloured_points import ColouredPoints
from explorer.ui.plane.hand import WORDS, Hand
from explorer.ui.plane.handled_plot import HandledPlot
from explorer.ui.plane.hit_test import HitTest
from explorer.ui.plane.hover import Hover
from explorer.ui.plane.marks import MarksItem
from explorer.ui.plane.marks_of_view import base_code, emphasis_of, marks_of, overlays_of
from explorer.ui.plane.overlays import Overlays, OverlaysItem
from explorer.ui.plane.placed import Box, PlacedCodes, place_codes
from explorer.ui.plane.plane_menu import PlaneMenu
from explorer.ui.plane.plane_words import axis_names, empty_words, plane_words
from explorer.ui.plane.points_item import PointsItem
from explorer.ui.saving import PICTURE_KINDS, ask_path, item_as_bytes, write_bytes
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench

PICK_PIXELS = 6
"""At scale 1; a point this near to the hand is ringed, and a click picks it."""

NARROW = 360
"""A plane narrower than this at scale 1 says things shorter."""

MOST_BEYOND, LEAST_FILLED = 0.02, 0.6
"""While it trains the view follows once so many of the codes lie beyond its edge, or they fill so little of it."""


class LatentPlane(HandledPlot):
    """Draws one pane's plane and takes the hand's input.

    Its `show_view` is called with every View; codes come by the workbench's signals, which move points in place.

    Attributes
    ----------
    placed
        The codes on the plane, or None before there are any.
    box
        The selection box that is being drawn.
    """

    def __init__(self, bench: Workbench, themes: ThemeSource, pane: Pane, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self.bench = bench
        self.placed: PlacedCodes | None = None
        self.box: Box | None = None
        self._pane, self._number = pane, 1
        self._hovered: int | None = None
        self._names = ("", "")
        self.cloud = ColouredPoints(dark=themes.theme.dark)
        self.overlays_item = OverlaysItem(themes.theme, themes.scale)
        self.marks_item = MarksItem(themes.theme, themes.scale)
        for item in (self.points, self.overlays_item, self.marks_item):
            self.view_box.addItem(item, ignoreBounds=True)
        self._empty = QLabel(self, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setProperty("role", "muted")
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hand, self.hover = Hand(self), Hover(self)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleDescription(WORDS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view_moved.connect(self._show_axes)
        themes.changed.connect(self._redress)
        bench.plane_changed.connect(self._on_plane)
        bench.run_opened.connect(self._on_opened)
        bench.run_changed.connect(self._on_run)
        bench.model_changed.connect(self._on_run)
        self._redress()
        self.show_pane(pane)

    # What is shown

    @property
    def points(self) -> PointsItem:
        """The points' item."""
        return self.cloud.item

    @property
    def hit(self) -> HitTest:
        """Which point lies where; rows are those of ``placed``."""
        return self.cloud.hit

    @property
    def key(self) -> str:
        """The run's key."""
        return self._pane.run

    @property
    def pane(self) -> Pane:
        """Which run it shows, and which of its dimensions."""
        return self._pane

    @property
    def run(self) -> OpenRun | None:
        """The run, where it is open."""
        return self.bench.runs.get(self.key)

    @property
    def here(self) -> PlacedCodes:
        """The codes on the plane, for what is only done where there are some."""
        if self.placed is None:
            raise ValueError(f"{self.key} has no codes on the plane yet")
        return self.placed

    def set_number(self, number: int) -> None:
        """Say which pane from the left this is, counted from 1."""
        self._number = number
        self.setObjectName(f"latent_plane_{number}")

    def show_pane(self, pane: Pane) -> None:
        """Show another run, or others of its dimensions, fitted."""
        self._pane = pane
        self._hovered = None
        self.hover.clear()
        self._take_codes()
        self.fit()

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        if (old.colour_by, old.hidden_classes) != (new.colour_by, new.hidden_classes):
            self._colour()
        if (old.point_size, old.point_opacity) != (new.point_size, new.point_opacity):
            self._size_points()
        if (old.probe, old.selection, old.active, old.panes) != (new.probe, new.selection, new.active, new.panes):
            self._fade(old, new)
        if old.mode != new.mode:
            self.refresh_cursor()
        self.refresh_marks()
        self._refresh_overlays()

    def fit(self) -> None:
        """Show 99 % of the codes."""
        if self.placed is not None:
            self.fit_to(self.placed.fitted())
        self._show_axes()

    def refresh_marks(self) -> None:
        """Draw the marks as the View, the hover and the box have them."""
        if self.placed is None:
            return
        view = self.bench.session.view
        hovered = self._hovered if self._hovered is not None and self._hovered < len(self.placed.places) else None
        marks = marks_of(view, self.key, self.placed, same_data=self.has_same_data(), hovered=hovered, box=self.box)
        self.marks_item.show_marks(marks)

    def refresh_cursor(self) -> None:
        """Show by the cursor what a press would do."""
        if self.hand.grasps:
            shape = Qt.CursorShape.ClosedHandCursor if self.hand.busy else Qt.CursorShape.OpenHandCursor
        else:
            picks = self._hovered is not None and not self.hand.busy
            shape = Qt.CursorShape.PointingHandCursor if picks else Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)

    def set_hovered(self, row: int | None) -> None:
        """Ring the point under the hand."""
        self._hovered = row
        self.refresh_marks()
        self.refresh_cursor()

    def set_box(self, box: Box | None) -> None:
        """Draw a selection box."""
        self.box = box
        self.refresh_marks()

    @Slot()
    def save_picture(self) -> None:
        """Ask where to, and save the plane as PNG or SVG."""
        name = self.run.name if self.run is not None else "plane"
        path = ask_path(self, "Save plane", f"{name}-plane.png", PICTURE_KINDS)
        if path is not None:
            data = item_as_bytes(self.getPlotItem(), path.suffix)
            self.bench.save(path, lambda _: write_bytes(path, data))

    # Where things are

    def row_at(self, at: QPointF) -> int | None:
        """Give the row of the point at a pixel, or None."""
        across, up = self.pixel_size()
        reach = PICK_PIXELS * self.themes.scale
        return self.hit.at(*self.place_at(at), reach * across, reach * up)

    def code_at(self, at: QPointF) -> tuple[float, ...]:
        """Give the z of a pixel."""
        return self.code_of_place(self.place_at(at))

    def code_of_place(self, place: tuple[float, float]) -> tuple[float, ...]:
        """Give the z of a place; what the plane does not show stays as the probe has it."""
        base = base_code(self.bench.session.view, self.key, self.here, same_data=self.has_same_data())
        return self.here.code_at(place, base)

    def has_same_data(self) -> bool:
        """Whether the active pane's sample indices mean the same samples here."""
        active = self.bench.runs.get(self.bench.session.view.active_run or "")
        if active is None or self.run is None:
            return False
        return active.key == self.key or active.description.fingerprint == self.run.description.fingerprint

    def activate(self) -> None:
        """Make this the pane that the panels speak of."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.bench.session.view.active != self._number - 1:
            self.bench.session.adjust(active=self._number - 1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the active pane by the Tab key too: the keys act on what is outlined."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.activate()

    def follow_sample(self) -> None:
        """Put the probe on the sample under the hand, else on the one nearest to the probe."""
        probe = self.bench.session.view.probe
        row = self._hovered
        if row is None and self.placed is not None and probe is not None and probe.run == self.key:
            nearest = self.placed.codes.neighbours.nearest(probe.z)
            row = None if nearest is None else nearest.row
        if row is not None:
            sample = int(self.here.codes.index[row])
            self.bench.session.update(probe=Probe(self.key, self.here.code_of_row(row), sample))

    # Drawing

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done at this place."""
        self.activate()
        self.hover.clear()
        PlaneMenu(self, QPointF(event.pos())).popup(event.globalPos())

    def _take_codes(self) -> None:
        run = self.run
        codes = run.plane if run is not None else None
        self.placed = None if codes is None else place_codes(codes, self._pane.axes)
        self.cloud.move_to(PlacedCodes.no_places() if self.placed is None else self.placed.places)
        strips = self.placed is not None and self.placed.is_strips and run is not None
        self.set_strips((run.description.class_names if codes is not None and codes.labels is not None else ())
                        if strips and run is not None else None)  # fmt: skip
        self._colour()
        self._fade(None, self.bench.session.view)
        self._size_points()
        self.refresh_marks()
        self._refresh_overlays()
        self._show_words()

    def _colour(self) -> None:
        if self.placed is not None and self.run is not None:
            self.cloud.colour(self.placed, self.run, self.bench, dark=self.themes.theme.dark)

    def _fade(self, old: View | None, new: View) -> None:
        moved = old and new.selection and old.active_run != new.active_run
        same = old and old.selection == new.selection and not moved
        if self.placed is None or (same and self.placed.projection.is_whole):
            return
        self.points.set_emphasis(emphasis_of(new, self.key, self.placed, same_data=self.has_same_data()))

    def _size_points(self) -> None:
        view = self.bench.session.view
        self.points.set_size_opacity(view.point_size * self.themes.scale, view.point_opacity)

    def _refresh_overlays(self) -> None:
        run = self.run
        if self.placed is None or run is None:
            self.overlays_item.show_overlays(Overlays())
            return
        found = self.cloud.colouring
        overlays = overlays_of(
            self.bench.session.view,
            self.key,
            self.placed,
            same_data=self.has_same_data(),
            has_prior=run.capabilities.prior,
            groups=found.names if found else (),
            group_rows=found.groups if found and found.names else None,
        )
        self.overlays_item.show_overlays(overlays)

    def _show_axes(self) -> None:
        narrow = self.width() < NARROW * self.themes.scale
        names = axis_names(self.placed, self.visible_box(), narrow=narrow)
        if names != self._names:
            self._names = names
            self.set_axis_names(*names)
        self.hover.keep_place()

    def _show_words(self) -> None:
        run = self.run
        self.setAccessibleName(plane_words(run, self.placed))
        self._empty.setVisible(self.placed is None)
        self._empty.setText(empty_words(run, self.key in self.bench.training))
        self._empty.setGeometry(self.plot_rect().toRect())

    # News

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        if key != self.key:
            if self.bench.session.view.colour_by == "reconstruction":
                self._colour()
            return
        was_empty = self.placed is None
        self._take_codes()
        if was_empty:
            self.fit()
        elif self.placed is not None:
            self._follow(self.placed, trains=key in self.bench.training)
            self._show_axes()

    def _follow(self, placed: PlacedCodes, *, trains: bool) -> None:
        """Let the view follow codes that have left it; small moves would only make it restless."""
        fitted, goal = placed.fitted(), self.goal
        beyond = goal.count_outside(placed.places) > MOST_BEYOND * len(placed.places)
        if not trains or beyond or goal.is_filled_by(fitted) < LEAST_FILLED:
            self.glide_to(fitted)

    @Slot(str)
    def _on_opened(self, key: str) -> None:
        """Mark the samples here too: only once the active pane's run is open is it known whose they are."""
        if key != self.key and key == self.bench.session.view.active_run:
            self._fade(None, self.bench.session.view)
            self.refresh_marks()
            self._refresh_overlays()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self.key and self.placed is None:
            self._show_words()

    @Slot()
    def _redress(self) -> None:
        theme, scale = self.themes.theme, self.themes.scale
        self.dress_axes()
        self._names = ("", "")
        self._show_axes()
        self.points.set_dark(theme.dark)
        for item in (self.overlays_item, self.marks_item):
            item.set_look(theme, scale)
        self._colour()
        self._size_points()
