"""The plane of a run with overlays, computed without a window: as contents of a figure, or as arrays.

1. `compute_plane` opens the run, with its data if they are available and still the same.
2. It takes the stored codes of the run, or encodes the samples if none are stored.
3. It makes a `Scene` as a pane of the window has it: the box, a view with the probed and selected samples, the class.
4. Each overlay computes its result from this scene: the model's part step by step to its end, then what it draws at
   once.
5. `PlaneResult` converts scene and results to the contents of a figure or to arrays by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError, suggestion
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.export.arrays import arrays_of, box_array
from explorer.jobs.overlays import catalog
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion
from explorer.jobs.plane.colouring import ColourChoice, choice_title, choices, colour
from explorer.jobs.plane.projected_codes import ProjectedCodes, project_codes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenedRun, OpenRun, open_for_viewing
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.box import Box
from explorer.latent.plane.cursor_marks import CursorMarks
from explorer.latent.plane.overlay_parts import OverlayResult
from explorer.latent.steps import at_once
from explorer.models.latent_model import NotDefined
from explorer.plot.contents import PlaneContents, PlaneLayer
from explorer.runs.files import RunError
from explorer.runs.weights_choice import FINAL, WeightsChoice
from explorer.session import Probe, View

PICTURE_WIDTH = 1200
"""Width of a picture that is saved from a pane, in pixels."""
EDGE = 0.14
"""Share of the picture that is left free along an edge with an overlay."""


@dataclass(frozen=True)
class PlaneOptions:
    """Options of a plane.

    Attributes
    ----------
    overlays
        Names in the catalogue.
    size
        Width and height of the plane in pixels; grids of overlays are as fine as these.
    box
        Visible part in latent units; by default a square that shows 99 % of the codes.
    samples
        Selected samples, by index; the first one is also the probed sample.
    condition
        Class that points are decoded as by a conditional model, by name or index; "" for the first class.
    colour_by
        What the colours of the points show: "class", "density", "reconstruction", or a column of the data by name.
    """

    overlays: tuple[str, ...]
    size: int = 640
    box: Box | None = None
    samples: tuple[int, ...] = ()
    condition: str = ""
    colour_by: str = "class"


@dataclass(frozen=True, eq=False)
class PlaneResult:
    """A scene and the results of its overlays by name."""

    scene: Scene
    results: Mapping[str, OverlayResult]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return its numbers by name: the box, the points with their samples and labels, and those of the overlays."""
        codes = self.scene.projected.codes
        found: dict[str, NDArray[np.generic]] = {
            "box": box_array(self.scene.box),
            "places": self.scene.projected.points,
            "index": codes.index,
        }
        if codes.labels is not None:
            found["labels"] = codes.labels
        return {**found, **arrays_of(self.results)}

    @property
    def contents(self) -> PlaneContents:
        """The contents for a figure, as values without matplotlib."""
        run, projected, view = self.scene.run, self.scene.projected, self.scene.view
        codes, points = projected.codes, projected.points
        # Samples without a code on this plane are skipped.
        chosen = tuple(point for point in map(projected.point_of_sample, view.selection) if point is not None)
        marks = CursorMarks(probe=chosen[0] if chosen else None, followed=bool(chosen), selected=chosen)
        # The colours of either theme: only what they mean is kept.
        found = colour(codes, points, run.description.class_names, view.colour_by, dark=False)
        return PlaneContents(
            title=run.name,
            subtitle=plane_subtitle(run, projected),
            box=self.scene.box,
            points=points,
            index=codes.index,
            labels=codes.labels,
            description=run.description,
            axis_titles=(projected.axis_title(0), projected.axis_title(1)),
            is_strips=projected.is_strips,
            marks=marks,
            layers=tuple(plane_layer(name, result) for name, result in self.results.items()),
            coloured_by=found.meaning(choice_title(view.colour_by, choices(run.description, codes))),
        )


def plane_subtitle(run: OpenRun, projected: ProjectedCodes) -> str:
    """Return the family of a run and the number of its points, for the title of a picture."""
    return f"{run.title}, {len(projected.points):,} {projected.codes.rows_are}"


def plane_layer(name: str, result: OverlayResult) -> PlaneLayer:
    """Return an overlay of a picture with its level and key from the catalogue."""
    found = catalog.overlay(name)
    return PlaneLayer(name, found.level, result, found.key)


def save_plane_picture(path: Path, contents: PlaneContents, *, dark: bool) -> None:
    """Write the plane of a pane with its legend as PNG, SVG or PDF; its height follows the shape of the pane."""
    # Matplotlib takes half a second to import: it is loaded by the first picture.
    from explorer.plot.figures import save_figure
    from explorer.plot.plane_figure import new_plane

    save_figure(path, new_plane(contents, PICTURE_WIDTH, dark=dark, square=False))


def overlays_named(names: Sequence[str]) -> tuple[Overlay, ...]:
    """Return overlays by name, each once.

    Raises
    ------
    ConfigError
        For an unknown name.
    """
    # Check all names before the run is opened, which may take long.
    for name in names:
        if name not in catalog.NAMES:
            raise ConfigError(f"--overlay {name}: {suggestion(name, catalog.NAMES)}")
    return tuple(map(catalog.overlay, dict.fromkeys(names)))


def compute_plane(
    path: Path, options: PlaneOptions, context: LoadContext | None = None, *, weights: WeightsChoice = FINAL
) -> PlaneResult:
    """Open a run with the chosen weights and compute overlays of its plane.

    Raises
    ------
    RunError
        If the path is not a run, or the run has no weights or codes yet.
    ConfigError
        For an overlay that is not defined for the run, or that has nothing to show.
    """
    wanted = overlays_named(options.overlays)
    opened = _with_data(open_for_viewing(path, weights=weights), context or LoadContext())
    loaded = opened.loaded
    if loaded is None:
        raise RunError(f"{path}: has no weights yet; train it first")
    scene = _scene(opened, loaded, options)
    return PlaneResult(scene, {overlay.name: _compute(overlay, scene, loaded) for overlay in wanted})


def _with_data(opened: OpenedRun, context: LoadContext) -> OpenedRun:
    """Return a run with its data, or with the reason why they are missing: a plane of stored codes needs none."""
    run = opened.run
    try:
        data = datasets.load(run.config.data, context)
        # A changed file would show other samples at the stored codes.
        if data.description.fingerprint != run.description.fingerprint:
            raise DataError(f"{run.config.data.source} no longer contains the samples that this run was trained on")
    except (ValueError, OSError) as error:
        return replace(opened, run=replace(run, missing_data=str(error)))
    loaded = None if opened.loaded is None else replace(opened.loaded, dataset=data)
    return replace(opened, run=replace(run, dataset=data), loaded=loaded)


def _scene(opened: OpenedRun, loaded: LoadedModel, options: PlaneOptions) -> Scene:
    run = opened.run
    # Encode only if no codes are stored: it takes seconds for a large data set.
    codes = run.plane or at_once(EmbedPlane(run.key).ask(loaded))
    if codes is None:
        raise RunError(f"{run.path}: no codes are stored with it, and its data is missing: {run.missing_data}")
    run = replace(run, plane=codes)
    projected = project_codes(codes)
    box = options.box or _fitted(
        projected, at_edge=any(catalog.overlay(name).level == "edge" for name in options.overlays)
    )
    return Scene(_view(run, codes, options), run, projected, box, (options.size, options.size))


def _fitted(projected: ProjectedCodes, *, at_edge: bool) -> Box:
    """Return the box of 99 % of the codes, with free room at the left and the lower edge if an overlay needs it."""
    box = projected.fitted() if projected.is_strips else projected.fitted().squared()
    # The room is a share of the enlarged box: w + r·w with r·w / (w + r·w) = EDGE.
    room = EDGE / (1 - EDGE) if at_edge else 0.0
    # Strips by class have no overlay along the left edge.
    left = 0.0 if projected.is_strips else room
    return replace(box, left=box.left - left * box.width, bottom=box.bottom - room * box.height)


def _view(run: OpenRun, codes: PlaneCodes, options: PlaneOptions) -> View:
    condition, by = None, _colour_by(run, codes, options.colour_by)
    if options.condition:
        run.capabilities.check_takes_class(run.name)
        condition = run.description.class_index(options.condition)
    for sample in options.samples:
        if codes.row_of(sample) is None:
            raise ConfigError(f"--sample {sample}: the run has no code of this sample")
    if not options.samples:
        return View(condition=condition, colour_by=by)
    # The probe is the code of the first sample, as if it had been clicked in the window.
    row = codes.row_of(options.samples[0])
    assert row is not None
    z = tuple(map(float, codes.mean[row]))
    probe = Probe(run.key, z, options.samples[0])
    return View(probe=probe, selection=options.samples, condition=condition, colour_by=by)


def _colour_by(run: OpenRun, codes: PlaneCodes, name: str) -> str:
    """Return the value of ``View.colour_by`` for a name as users write it."""
    # In the View the class is "label", and columns have a prefix.
    # What the program measures comes before a column of the same name.
    names = {
        "class" if choice.name == "label" else choice.name.removeprefix("column:"): choice.name
        for choice in reversed(_choices(run, codes))
    }
    if name in names:
        return names[name]
    if name == "class":
        return "label"  # data without classes: all points have one colour
    raise ConfigError(f"colour {name}: {suggestion(name, reversed(names))}")


def _choices(run: OpenRun, codes: PlaneCodes) -> tuple[ColourChoice, ...]:
    """Return what the points can be coloured by; the error of reconstruction only if it is stored with the codes."""
    known = codes.reconstruction is not None
    return tuple(one for one in choices(run.description, codes) if known or one.name != "reconstruction")


def _compute(overlay: Overlay, scene: Scene, loaded: LoadedModel) -> OverlayResult:
    """Return the result of an overlay: the parts that the model computes, and over them those drawn at once."""
    name = scene.run.name
    if why := overlay.why_not(scene.run):
        raise ConfigError(f"{overlay.name}: not defined for {name}: {why}")
    question = overlay.question(scene) if overlay.question is not None else None
    drawing = overlay.drawing(scene) if overlay.drawing is not None else None
    drawn = drawing.draw() if drawing is not None else OverlayResult()
    # A text instead of a question says what is missing, such as a selection.
    if not isinstance(question, OverlayQuestion):
        if not drawn.parts:
            raise ConfigError(f"{overlay.name}: nothing to draw for {name}{f': {question}' if question else ''}")
        return drawn
    try:
        # `compute`, not `ask`: errors must end the command instead of becoming a text on the plane.
        computed = at_once(question.compute(loaded))
    except NotDefined as lack:
        raise ConfigError(f"{overlay.name}: not defined for {name}: {lack}") from lack
    return replace(computed, parts=(*computed.parts, *drawn.parts), numbers={**computed.numbers, **drawn.numbers})
