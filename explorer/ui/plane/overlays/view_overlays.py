"""Overlays that are drawn at once: the prior's rings, the probed sample's posterior, class names and words."""

from explorer.session import View
from explorer.ui.plane.overlays.marks_of_view import overlays_of
from explorer.ui.plane.overlays.overlays import Overlays
from explorer.ui.plane.overlays.overlays_item import OverlaysItem
from explorer.ui.plane.overlays.word_labels import WordLabels, WordLabelsItem, labels_of
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.points.coloured_points import ColouredPoints
from explorer.ui.plane.points.pane_codes import PaneCodes
from explorer.ui.state.workbench import Workbench

CHANGES_WORDS = ("overlays", "selection", "hidden_classes", "hidden_besides", "colour_by", "active", "panes")
"""Fields of the View on which the words beside the points depend."""


class ViewOverlays:
    """Draws what the View has switched on of them."""

    def __init__(self, plot: PlotArea, codes: PaneCodes, points: ColouredPoints, bench: Workbench) -> None:
        self._themes, self._codes, self._points, self._bench = plot.themes, codes, points, bench
        self.words = WordLabelsItem(plot.themes.theme, plot.themes.scale)
        self.item = OverlaysItem(plot.themes.theme, plot.themes.scale)
        self.item.setZValue(1)
        for item in (self.words, self.item):
            plot.view_box.addItem(item, ignoreBounds=True)

    def show_view(self, old: View, new: View) -> None:
        """Draw the words anew where they differ."""
        probed = [None if view.probe is None else view.probe.sample for view in (old, new)]
        if probed[0] != probed[1] or any(getattr(old, name) != getattr(new, name) for name in CHANGES_WORDS):
            self.refresh_words()

    def refresh(self) -> None:
        """Draw all but the words anew."""
        codes, run, found = self._codes, self._codes.run, self._points.colouring
        if codes.projected is None or run is None:
            self.item.show_overlays(Overlays())
            return
        overlays = overlays_of(
            codes.view,
            codes.key,
            codes.projected,
            same_data=True,
            has_prior=run.capabilities.prior,
            learned_prior=run.capabilities.learned_prior,
            components=self._bench.priors.of(codes.key),
            groups=found.names if found else (),
            group_rows=found.groups if found and found.names else None,
        )
        self.item.show_overlays(overlays)

    def refresh_words(self) -> None:
        """Draw the words anew."""
        run, projected = self._codes.run, self._codes.projected
        if run is None or projected is None:
            self.words.show_labels(WordLabels())
            return
        shown = self._points.item.shown()
        self.words.show_labels(labels_of(self._codes.view, run, projected, shown, same_data=True))

    def redress(self) -> None:
        """Take the theme's colours and text size."""
        for item in (self.words, self.item):
            item.set_look(self._themes.theme, self._themes.scale)
