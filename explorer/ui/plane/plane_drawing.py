"""What is drawn of a run's codes on a plane: points in their colours, overlays and marks, the axes' names."""

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from explorer.jobs.overlays.catalog import OVERLAYS
from explorer.jobs.plane.projected_codes import ProjectedCodes, place_codes
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Box, Place
from explorer.session import Pane, View
from explorer.ui.plane.input.handled_plot import HandledPlot
from explorer.ui.plane.overlays.asked_overlays import OverlayLayer
from explorer.ui.plane.overlays.cursor_marks import CursorMarksItem
from explorer.ui.plane.overlays.marks_of_view import emphasis_of, marks_of, overlays_of
from explorer.ui.plane.overlays.overlays import Overlays
from explorer.ui.plane.overlays.overlays_item import OverlaysItem
from explorer.ui.plane.overlays.strip_painter import room_of_strips
from explorer.ui.plane.overlays.word_labels import WordLabels, WordLabelsItem, labels_of
from explorer.ui.plane.plane_text import Room, axis_names, empty_words, plane_words
from explorer.ui.plane.plot_area import FITTED, Look
from explorer.ui.plane.points.coloured_points import ColouredPoints
from explorer.ui.plane.points.hit_test import HitTest
from explorer.ui.plane.points.points_item import PointsItem
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

NARROW, LEAST = 360, 240
"""A plane narrower than these at scale 1 says things shorter, and as short as it can."""

MAX_BEYOND, MIN_FILLED = 0.02, 0.6
"""While it trains the view follows once so many of the codes lie beyond its edge, or they fill so little of it."""


class PlaneDrawing(HandledPlot):
    """Draws one pane's plane as the View has it.

    Attributes
    ----------
    placed
        The codes on the plane, or None before there are any.
    box
        The selection box that is being drawn.
    """

    def __init__(self, state: AppState, themes: ThemeSource, pane: Pane, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self.state = state
        self.placed: ProjectedCodes | None = None
        self.box: Box | None = None
        self._pane = pane
        self._hovered: int | None = None
        self._names = ("", "")
        self.cloud = ColouredPoints(dark=themes.theme.dark)
        self.overlays_item = OverlaysItem(themes.theme, themes.scale)
        self.marks_item = CursorMarksItem(themes.theme, themes.scale)
        self.word_labels = WordLabelsItem(themes.theme, themes.scale)
        for item in (self.points, self.word_labels, self.overlays_item, self.marks_item):
            self.view_box.addItem(item, ignoreBounds=True)
        self.overlays_item.setZValue(1)
        self.marks_item.setZValue(2)
        self.asked_overlays = OverlayLayer(self)
        self._empty = QLabel(self, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setProperty("role", "muted")
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

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
        return self.state.store.runs.get(self.key)

    @property
    def here(self) -> ProjectedCodes:
        """The codes on the plane, for what is only done where there are some."""
        if self.placed is None:
            raise ValueError(f"{self.key} has no codes on the plane yet")
        return self.placed

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        if old.colour_by != new.colour_by or self._hidden_in(old) != self._hidden_in(new):
            self._colour()
        if (old.point_size, old.point_opacity) != (new.point_size, new.point_opacity):
            self._size_points()
        if (old.probe, old.selection, old.active, old.panes) != (new.probe, new.selection, new.active, new.panes):
            self._fade(old, new)
        if replace(old, replay_epoch=new.replay_epoch) != new:  # a frame of the replay comes as codes
            self.refresh_marks()
            self._refresh_overlays()
            self.asked_overlays.refresh(by_hand=True)
        about = ("overlays", "selection", "hidden_classes", "hidden_besides", "colour_by", "active", "panes")
        if any(getattr(old, name) != getattr(new, name) for name in about) or _sample(old) != _sample(new):
            self._refresh_word_labels()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the overlays that were not asked for while nobody saw them."""
        super().showEvent(event)
        self.asked_overlays.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for no overlays unseen."""
        super().hideEvent(event)
        if hasattr(self, "asked_overlays"):
            self.asked_overlays.stop()

    def fit(self) -> None:
        """Show 99 % of the codes, as the hand asks for."""
        self._fit_codes()
        self.handled.emit()

    def refit(self) -> None:
        """Show 99 % of codes that are newly shown."""
        self._fit_codes()
        self.refitted.emit()

    def follow(self, look: Look) -> None:
        """Look at the same share of what is fitted here as another plane does of its own."""
        if look == FITTED:
            self._fit_codes()
        else:
            super().follow(look)

    def _fit_codes(self) -> None:
        if self.placed is not None:
            self.fit_to(self.placed.fitted())
        self._show_axes()

    @property
    def view_here(self) -> View:
        """The View without what means nothing here: a probed sample and a selection of other data."""
        view = self.state.session.view
        probe = view.probe
        if probe is not None and probe.run != self.key and not self.state.store.have_same_data(self.key, probe.run):
            view = replace(view, probe=None)
        return view if not view.selection or self.has_same_data() else replace(view, selection=())

    def refresh_marks(self) -> None:
        """Draw the marks as the View, the hover and the box have them."""
        if self.placed is None:
            return
        hovered = self._hovered if self._hovered is not None and self._hovered < len(self.placed.places) else None
        marks = marks_of(
            self.view_here,
            self.key,
            self.placed,
            same_data=True,
            hovered=hovered,
            box=self.box,
            spoiled=self.state.probing.marked.get(self.key),
        )
        self.marks_item.show_marks(replace(marks, hovered_elsewhere=self._place_hovered_elsewhere()))

    @Slot()
    def ring_elsewhere(self) -> None:
        """Ring the sample that is under the hand on another plane; all else stays as it is drawn."""
        place = self._place_hovered_elsewhere()
        self.marks_item.show_marks(replace(self.marks_item.marks, hovered_elsewhere=place))

    def _place_hovered_elsewhere(self) -> Place | None:
        hovered = self.state.probing.hovered
        if hovered is None or self._hovered is not None or self.placed is None or self.placed.codes.drawn:
            return None
        key, sample = hovered
        return self.placed.place_of_sample(sample) if self.state.store.have_same_data(self.key, key) else None

    def set_box(self, box: Box | None) -> None:
        """Draw a selection box."""
        self.box = box
        self.refresh_marks()

    def has_same_data(self) -> bool:
        """Whether the active pane's sample indices mean the same samples here."""
        return self.state.store.have_same_data(self.key, self.state.session.view.active_run or "")

    # Drawing

    def _take_codes(self) -> None:
        run = self.run
        codes = run.plane if run is not None else None
        self.placed = None if codes is None else place_codes(codes, self._pane.axes)
        self.cloud.move_to(ProjectedCodes.no_places() if self.placed is None else self.placed.places)
        strips = self.placed is not None and self.placed.is_strips and run is not None
        self.set_strips((run.description.class_names if codes is not None and codes.labels is not None else ())
                        if strips and run is not None else None)  # fmt: skip
        self._colour()
        self._fade(None, self.state.session.view)
        self._size_points()
        self.refresh_marks()
        self._refresh_overlays()
        self.asked_overlays.refresh()
        self._refresh_word_labels()
        self._show_words()

    def _colour(self) -> None:
        if self.placed is not None and self.run is not None:
            self.cloud.colour(self.placed, self.run, self.state, dark=self.themes.theme.dark)

    def _hidden_in(self, view: View) -> frozenset[int]:
        return view.hidden_in(self.run.description.fingerprint) if self.run is not None else frozenset()

    def _fade(self, old: View | None, new: View) -> None:
        moved = old and new.selection and old.active_run != new.active_run
        same = old and old.selection == new.selection and not moved
        if self.placed is None or (same and self.placed.projection.is_whole):
            return
        self.points.set_emphasis(emphasis_of(self.view_here, self.key, self.placed, same_data=True))

    def _size_points(self) -> None:
        view = self.state.session.view
        self.points.set_size_opacity(view.point_size * self.themes.scale, view.point_opacity)

    def _keep_edges_free(self) -> None:
        """Fit the codes beside overlays that lie inside the plane's edges."""
        run, on = self.run, self.state.session.view.overlays
        at_edge = run is not None and any(one.at_edge and one.name in on and not one.why_not(run) for one in OVERLAYS)
        flat = self.placed is not None and self.placed.is_strips
        self.keep_free(*(room_of_strips(self.themes.scale, flat=flat) if at_edge else (0.0, 0.0)))

    def _refresh_overlays(self) -> None:
        self._keep_edges_free()
        run = self.run
        if self.placed is None or run is None:
            self.overlays_item.show_overlays(Overlays())
            return
        found = self.cloud.colouring
        overlays = overlays_of(
            self.view_here,
            self.key,
            self.placed,
            same_data=True,
            has_prior=run.capabilities.prior,
            learned_prior=run.capabilities.learned_prior,
            components=self.state.priors.of(self.key),
            groups=found.names if found else (),
            group_rows=found.groups if found and found.names else None,
        )
        self.overlays_item.show_overlays(overlays)

    def _refresh_word_labels(self) -> None:
        run, placed = self.run, self.placed
        if run is None or placed is None:
            self.word_labels.show_labels(WordLabels())
            return
        shown = self.points.shown()
        self.word_labels.show_labels(labels_of(self.view_here, run, placed, shown, same_data=True))

    def _show_axes(self) -> None:
        width = self.width() / self.themes.scale
        room: Room = "wide" if width >= NARROW else "narrow" if width >= LEAST else "least"
        names = axis_names(self.placed, self.visible_box(), room=room)
        if names != self._names:
            self._names = names
            self.set_axis_names(*names)
        self.hover.keep_place()

    def _show_words(self) -> None:
        run = self.run
        self.setAccessibleName(plane_words(run, self.placed))
        self._empty.setVisible(self.placed is None)
        self._empty.setText(empty_words(run, self.key in self.state.trainings.running))
        self._empty.setGeometry(self.plot_rect().toRect())

    def _follow(self, placed: ProjectedCodes, *, trains: bool, at_once: bool = False) -> None:
        """Let the view follow codes that have left it; small moves would only make it restless."""
        fitted, goal = placed.fitted(), self.goal
        beyond = goal.count_outside(placed.places) > MAX_BEYOND * len(placed.places)
        if not trains or beyond or goal.is_filled_by(fitted) < MIN_FILLED:
            (self.jump_to if at_once else self.glide_to)(fitted)

    @Slot()
    def _redress(self) -> None:
        theme, scale = self.themes.theme, self.themes.scale
        self.dress_axes()
        self._names = ("", "")
        self._show_axes()
        self.points.set_dark(theme.dark)
        for item in (self.word_labels, self.overlays_item, self.marks_item):
            item.set_look(theme, scale)
        self._keep_edges_free()
        self._colour()
        self._size_points()


def _sample(view: View) -> int | None:
    return None if view.probe is None else view.probe.sample
