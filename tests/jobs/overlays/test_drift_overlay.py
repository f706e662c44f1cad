"""The drift overlay: trails of the class means, and q(z) now and earlier, up to the shown frame."""

from pathlib import Path

import numpy as np
import pytest
from job_cases import config_of, trained

from explorer.config import MODEL_CONFIGS, replace
from explorer.jobs.overlays.densities.drift import DRIFT, TRAIL, TraceDrift
from explorer.jobs.plane.projected_codes import project_codes
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.replay_questions import FramePlanes
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Lines, OverlayResult
from explorer.latent.steps import at_once
from explorer.runs.replay import read_codes
from explorer.session import View


def scene_of(path: Path, frame_index: int | None = None) -> Scene:
    """Return what a pane shows of a run, at one of its frames or at its end."""
    run = open_for_viewing(path).run
    assert run.plane is not None
    plane = run.plane
    if frame_index is not None:
        frame = run.replay.frames[frame_index]
        codes = read_codes(frame)
        assert codes is not None
        plane = FramePlanes(run.latent_dim, plane, None).plane(frame.step, codes, plane.projection)
    return Scene(View(), run, project_codes(plane), Box(-1, 1, -1, 1), (100, 100))


def result_of(path: Path, frame_index: int | None = None) -> OverlayResult:
    question = DRIFT.question(scene_of(path, frame_index)) if DRIFT.question else None
    assert isinstance(question, TraceDrift)
    loaded = open_for_viewing(path).loaded
    assert loaded is not None
    found = at_once(question.compute(loaded))
    assert isinstance(found, OverlayResult)
    return found


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("runs") / "vae")


def test_trails_go_through_the_classes_means(vae: Path) -> None:
    run = open_for_viewing(vae).run
    assert run.plane is not None
    assert run.plane.labels is not None
    frames = [frame for frame in run.replay.frames if frame.step < run.step][-TRAIL:]
    trails = [part for part in result_of(vae).parts if isinstance(part, Lines) and part.group is not None]
    assert [part.group for part in trails] == list(range(len(run.description.class_names)))
    for part in trails:
        path = part.paths[0]
        members = run.plane.labels == part.group
        assert len(path) == len(frames) + 1
        codes = read_codes(frames[-1])
        assert codes is not None
        assert path[-2] == pytest.approx(codes.mean[members].mean(axis=0), abs=1e-5)
        assert path[-1] == pytest.approx(run.plane.mean[members].mean(axis=0), abs=1e-5)


def test_drift_is_measured_up_to_the_shown_frame(vae: Path) -> None:
    found = result_of(vae, frame_index=1)
    frame, shown = open_for_viewing(vae).run.replay.frames[:2]
    assert f"from epoch 0 (dashed) to {shown.epoch:.3g}" in found.words
    assert frame.step == 0
    trail = next(part for part in found.parts if isinstance(part, Lines) and part.group is not None)
    assert len(trail.paths[0]) == 2


def test_the_first_frame_has_no_drift(vae: Path) -> None:
    assert DRIFT.question is not None
    assert DRIFT.question(scene_of(vae, 0)) is None


@pytest.mark.parametrize(("family", "latent_dim"), [("ae", 1), ("ae", 3), ("vae", 1)])
def test_any_number_of_dimensions(tmp_path: Path, family: str, latent_dim: int) -> None:
    found = result_of(trained(tmp_path / "run", config_of(family, latent_dim=latent_dim)))
    assert all(np.isfinite(path).all() for part in found.parts if isinstance(part, Lines) for path in part.paths)
    assert "W₂" in found.words


def test_it_says_why_it_is_not_defined(tmp_path: Path) -> None:
    none = trained(tmp_path / "none", config_of(replay=0))
    assert "has no replay" in DRIFT.why_not(open_for_viewing(none).run)
    gan = trained(tmp_path / "gan", replace(config_of(epochs=1), model=MODEL_CONFIGS["gan"](latent_dim=2)))
    assert "no encoder" in DRIFT.why_not(open_for_viewing(gan).run)
