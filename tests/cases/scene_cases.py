"""Scenes of small runs, for the tests of overlays."""

from dataclasses import replace
from typing import Any

from job_cases import config_of, loaded_model, pictures

from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion
from explorer.jobs.plane.projected_codes import project_codes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import OverlayResult
from explorer.latent.steps import at_once
from explorer.models import catalog
from explorer.runs.run_json import Machine
from explorer.session import View

BOX = Box(-3, 3, -2, 2)
PIXELS = (360, 240)


def run_of(loaded: LoadedModel, family: str = "vae", **changes: Any) -> OpenRun:
    """Return the run of a loaded model."""
    known = catalog.family(family)
    run = OpenRun(
        key=loaded.run,
        name=loaded.run,
        title=known.title,
        short_title=known.short_title,
        config=replace(config_of(family), model=loaded.model.config),
        description=loaded.description,
        capabilities=known.model_type.capabilities,
        machine=Machine(),
        status="finished",
        dataset=loaded.dataset,
    )
    return replace(run, **changes)


def scene_of(
    loaded: LoadedModel, family: str = "vae", view: View | None = None, box: Box = BOX, pixels: tuple[int, int] = PIXELS
) -> Scene:
    """Return the scene of a loaded model with the codes of all its samples."""
    codes = at_once(EmbedPlane(loaded.run).ask(loaded))
    run = run_of(loaded, family, plane=codes)
    return Scene(view or View(), run, project_codes(codes), box, pixels)


def question_of(overlay: Overlay, scene: Scene) -> OverlayQuestion:
    """Return the question of an overlay about a scene."""
    assert overlay.question is not None and overlay.why_not(scene.run) == ""
    question = overlay.question(scene)
    assert isinstance(question, OverlayQuestion), question
    assert question == overlay.question(scene)
    assert hash(question) == hash(overlay.question(scene))
    return question


def results_of(overlay: Overlay, scene: Scene, loaded: LoadedModel) -> list[OverlayResult]:
    """Return all answers to the question of an overlay; the last one is final."""
    found, asking = [], question_of(overlay, scene).ask(loaded)
    while True:
        try:
            value = next(asking)
        except StopIteration as stop:
            return [*found, stop.value]
        if value is not None:
            found.append(value)


def small(latent_dim: int = 2, **settings: Any) -> LoadedModel:
    """Return a VAE of small pictures of three classes, with random weights."""
    return loaded_model(pictures(**settings), latent_dim=latent_dim)


def shifted(box: Box, across: float, up: float = 0.0) -> Box:
    """Return a box that was moved."""
    return Box(box.left + across, box.right + across, box.bottom + up, box.top + up)
