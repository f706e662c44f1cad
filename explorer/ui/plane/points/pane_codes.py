"""The codes of a pane: its run, their projection, and the part of the View that applies to them. No Qt."""

from dataclasses import replace

from explorer.jobs.plane.projected_codes import ProjectedCodes, project_codes
from explorer.jobs.plane.scene import base_code
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Point
from explorer.session import Pane, Probe, View
from explorer.ui.services.app_state import AppState


class PaneCodes:
    """A pane's run and its projected codes; `reload` reads them from the run again.

    Attributes
    ----------
    pane
        The run and its shown dimensions.
    index
        The pane's position from the left, starting at 0.
    projected
        The codes on the plane; None until there are some.
    """

    def __init__(self, state: AppState, pane: Pane) -> None:
        self._store, self._session, self._probing = state.store, state.session, state.probing
        self.pane = pane
        self.index = 0
        self.projected: ProjectedCodes | None = None
        # Whether the plane shows only some latent dimensions; the others then come from the probe.
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
        """The projected codes, for callers that require them; raise ValueError without any."""
        if self.projected is None:
            raise ValueError(f"{self.key} has no codes on the plane yet")
        return self.projected

    def reload(self) -> None:
        """Project the current codes of the run."""
        codes = None if self.run is None else self.run.plane
        self.projected = None if codes is None else project_codes(codes, self.pane.axes)
        self._hides_dimensions = self.projected is not None and not self.projected.projection.is_whole

    # The View

    @property
    def view(self) -> View:
        """The View without a probe and a selection that belong to other data than this run's."""
        view = self._session.view
        probe = view.probe
        # A sample index denotes the same sample only in data with the same fingerprint.
        if probe is not None and probe.run != self.key and not self._store.have_same_data(self.key, probe.run):
            view = replace(view, probe=None)
        return view if not view.selection or self.has_same_data else replace(view, selection=())

    @property
    def has_same_data(self) -> bool:
        """Whether the active pane's sample indices denote the same samples in this run."""
        return self._store.have_same_data(self.key, self._session.view.active_run or "")

    @property
    def point_hovered_elsewhere(self) -> Point | None:
        """The point of the sample that is hovered on another plane of the same data; else None."""
        hovered = self._probing.hovered
        if hovered is None or self.projected is None or self.projected.codes.drawn:
            return None
        key, sample = hovered
        return self.projected.point_of_sample(sample) if self._store.have_same_data(self.key, key) else None

    # Codes and samples

    def code_at(self, point: Point) -> tuple[float, ...]:
        """Return the z of a point of the plane. Dimensions that the plane does not show are the probe's."""
        base = base_code(self.view, self.key, self.here, same_data=True) if self._hides_dimensions else None
        return self.here.code_at(point, base)

    def sample_of(self, row: int | None) -> int | None:
        """Return the sample index of a row; None without a row and for prior draws."""
        return None if row is None or self.projected is None else self.projected.codes.sample_of(row)

    def probe_of_row(self, row: int) -> Probe:
        """Return a probe on the sample of a row."""
        here = self.here
        return Probe(self.key, here.code_of_row(row), here.codes.sample_of(row))

    def point_of_row(self, row: int | None) -> Point | None:
        """Return the point of a row; None if there is no such row: the codes may have changed since it was found."""
        if row is None or self.projected is None or row >= len(self.projected.points):
            return None
        x, y = self.projected.points[row]
        return float(x), float(y)
