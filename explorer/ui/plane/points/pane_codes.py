"""The codes that a pane shows: its run, their projection, and the part of the View that concerns them. No Qt."""

from dataclasses import replace

from explorer.jobs.plane.projected_codes import ProjectedCodes, place_codes
from explorer.jobs.plane.scene import base_code
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Place
from explorer.session import Pane, Probe, View
from explorer.ui.services.app_state import AppState


class PaneCodes:
    """A pane's run and its codes as they lie on the plane; `reload` reads them from the run again.

    Attributes
    ----------
    pane
        The run and which of its dimensions are shown.
    index
        The pane's position, from the left, counted from 0.
    projected
        The codes on the plane; None before there are any.
    """

    def __init__(self, state: AppState, pane: Pane) -> None:
        self._store, self._session, self._probing = state.store, state.session, state.probing
        self.pane = pane
        self.index = 0
        self.projected: ProjectedCodes | None = None
        self._hides_dimensions = False

    @property
    def key(self) -> str:
        """The run's key."""
        return self.pane.run

    @property
    def run(self) -> OpenRun | None:
        """The run; None before it is open."""
        return self._store.runs.get(self.pane.run)

    @property
    def here(self) -> ProjectedCodes:
        """The codes on the plane, for what is only done where there are some."""
        if self.projected is None:
            raise ValueError(f"{self.key} has no codes on the plane yet")
        return self.projected

    def reload(self) -> None:
        """Project the run's present codes."""
        codes = None if self.run is None else self.run.plane
        self.projected = None if codes is None else place_codes(codes, self.pane.axes)
        self._hides_dimensions = self.projected is not None and not self.projected.projection.is_whole

    # The View

    @property
    def view(self) -> View:
        """The View without what means nothing for this run: a probed sample and a selection of other data."""
        view = self._session.view
        probe = view.probe
        if probe is not None and probe.run != self.key and not self._store.have_same_data(self.key, probe.run):
            view = replace(view, probe=None)
        return view if not view.selection or self.has_same_data else replace(view, selection=())

    @property
    def has_same_data(self) -> bool:
        """Whether the active pane's sample indices mean the same samples here."""
        return self._store.have_same_data(self.key, self._session.view.active_run or "")

    @property
    def place_hovered_elsewhere(self) -> Place | None:
        """The place of the sample that is under the cursor on another plane of the same data."""
        hovered = self._probing.hovered
        if hovered is None or self.projected is None or self.projected.codes.drawn:
            return None
        key, sample = hovered
        return self.projected.place_of_sample(sample) if self._store.have_same_data(self.key, key) else None

    # Codes and samples

    def code_at(self, place: Place) -> tuple[float, ...]:
        """Return the z of a place; dimensions that the plane does not show are the probe's."""
        base = base_code(self.view, self.key, self.here, same_data=True) if self._hides_dimensions else None
        return self.here.code_at(place, base)

    def sample_of(self, row: int | None) -> int | None:
        """Return the sample in a row; None without a row, and for draws from the prior."""
        return None if row is None or self.projected is None else self.projected.codes.sample_of(row)

    def probe_of_row(self, row: int) -> Probe:
        """Return the probe that follows the sample in a row."""
        return Probe(self.key, self.here.code_of_row(row), self.sample_of(row))

    def place_of_row(self, row: int | None) -> Place | None:
        """Return the place of a row; None for a row that is not there, as codes may have changed since it was found."""
        if row is None or self.projected is None or row >= len(self.projected.places):
            return None
        x, y = self.projected.places[row]
        return float(x), float(y)
