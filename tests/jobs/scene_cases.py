"""Panes of small runs, as overlays are asked for them."""

from dataclasses import replace
from typing import Any

from job_cases import config_of, pictures, subject_of

from explorer.jobs.open_run import OpenRun
from explorer.jobs.overlays.overlay import Overlay, OverlayQuestion
from explorer.jobs.placed import place_codes
from explorer.jobs.plane_questions import EmbedPlane
from explorer.jobs.questions import Subject
from explorer.jobs.scene import Scene
from explorer.latent.box import Box
from explorer.latent.overlaid import Laid
from explorer.latent.passes import at_once
from explorer.models import catalog
from explorer.runs.run_directory import Machine
from explorer.session import View

BOX = Box(-3, 3, -2, 2)
PIXELS = (360, 240)


def run_of(subject: Subject, family: str = "vae", **changes: Any) -> OpenRun:
    """Give the run that a subject is of."""
    known = catalog.family(family)
    run = OpenRun(
        key=subject.run,
        name=subject.run,
        title=known.title,
        short_title=known.short_title,
        config=replace(config_of(family), model=subject.model.config),
        description=subject.description,
        capabilities=known.model_type.capabilities,
        machine=Machine(),
        status="finished",
        dataset=subject.dataset,
    )
    return replace(run, **changes)


def scene_of(
    subject: Subject, family: str = "vae", view: View | None = None, box: Box = BOX, pixels: tuple[int, int] = PIXELS
) -> Scene:
    """Give a pane of a subject's run, with the codes of all of its samples."""
    codes = at_once(EmbedPlane(subject.run, "live").ask(subject))
    run = run_of(subject, family, plane=codes)
    return Scene(view or View(), run, place_codes(codes), box, pixels)


def asked(overlay: Overlay, scene: Scene) -> OverlayQuestion:
    """Give the question that an overlay asks of a scene."""
    assert overlay.question is not None and overlay.why_not(scene.run) == ""
    question = overlay.question(scene, overlay.name)
    assert isinstance(question, OverlayQuestion), question
    assert question == overlay.question(scene, overlay.name)
    assert hash(question) == hash(overlay.question(scene, overlay.name))
    return question


def laid(overlay: Overlay, scene: Scene, subject: Subject) -> list[Laid]:
    """Give all answers to an overlay's question, the last one is the final one."""
    found, asking = [], asked(overlay, scene).ask(subject)
    while True:
        try:
            value = next(asking)
        except StopIteration as stop:
            return [*found, stop.value]
        if value is not None:
            found.append(value)


def small(latent_dim: int = 2, **settings: Any) -> Subject:
    """Give a VAE of small pictures of three classes, with random weights."""
    return subject_of(pictures(**settings), latent_dim=latent_dim)


def shifted(box: Box, across: float, up: float = 0.0) -> Box:
    """Give a box that was moved."""
    return Box(box.left + across, box.right + across, box.bottom + up, box.top + up)
