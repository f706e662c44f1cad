from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.data.dataset import Dataset
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.models.latent_model import LatentModel
from explorer.ui.decode.panel.decode_controller import DecodeController
from explorer.ui.services.app_state import AppState


def open_runs(qtbot: QtBot, app_state: AppState, folder: Path, names: tuple[str, ...], data: bool = True) -> list[str]:
    keys = [str(folder / name) for name in names]
    for key in keys:
        app_state.opener.open(Path(key))
        qtbot.waitUntil(
            lambda key=key: key in app_state.store.runs and (not data or app_state.store.runs[key].dataset is not None)
        )
    app_state.session.set_silent(active=0)
    return keys


def model_of(key: str) -> LatentModel:
    loaded = open_for_viewing(Path(key)).loaded
    assert loaded is not None
    return loaded.model


def decode(key: str, z: tuple[float, ...]) -> np.ndarray:
    with torch.no_grad():
        return model_of(key).decode(torch.tensor([z])).mean[0].numpy() * 16.0  # the digits' range is 0 to 16


@pytest.fixture
def controller(app_state: AppState, qtbot: QtBot) -> DecodeController:
    return DecodeController(app_state, app_state.lifetime)


def has(controller: DecodeController, *runs: str) -> Callable[[], bool]:
    return lambda: [pane.run for pane in controller.decoded.panes] == list(runs)


def test_a_point_is_decoded_by_its_run(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    (key,) = open_runs(qtbot, app_state, runs_folder, ("vae",))
    app_state.probing.probe_point(key, (0.3, -0.7))
    qtbot.waitUntil(has(controller, key))
    pane = controller.decoded.panes[0]
    assert (pane.z, pane.sample, pane.forward_pass) == ((0.3, -0.7), None, None)
    assert pane.picture == pytest.approx(decode(key, (0.3, -0.7)), abs=1e-4)


def test_other_models_follow_the_sample_nearest_to_a_point(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController, digits: Dataset
) -> None:
    ae, vae = open_runs(qtbot, app_state, runs_folder, ("ae", "vae"))
    app_state.probing.probe_point(vae, (0.3, -0.7))
    qtbot.waitUntil(has(controller, vae, ae))
    plane = app_state.store.runs[vae].plane
    assert plane is not None
    distances = np.linalg.norm(plane.mean - np.array([0.3, -0.7]), axis=1)
    nearest = controller.decoded.nearest
    assert nearest is not None
    assert nearest.sample == plane.index[distances.argmin()]
    assert nearest.distance == pytest.approx(distances.min(), rel=1e-5)
    assert nearest.picture is not None
    assert (nearest.picture == digits.samples[nearest.sample]).all()
    other = controller.decoded.of(ae)
    assert other is not None
    assert other.sample == nearest.sample
    z = app_state.store.code_of(ae, nearest.sample)
    assert z is not None
    assert other.picture == pytest.approx(decode(ae, z), abs=1e-3)


def test_far_from_all_codes_there_is_no_data(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    (key,) = open_runs(qtbot, app_state, runs_folder, ("vae",))
    app_state.probing.probe_point(key, (90.0, 90.0))
    qtbot.waitUntil(lambda: controller.decoded.nearest is not None and controller.decoded.nearest.typical is not None)
    assert controller.decoded.nearest is not None
    assert controller.decoded.nearest.far
    plane = app_state.store.runs[key].plane
    assert plane is not None
    app_state.probing.probe_point(key, tuple(map(float, plane.mean[5])))
    qtbot.waitUntil(lambda: controller.decoded.nearest is not None and not controller.decoded.nearest.far)


def test_a_sample_is_followed_by_every_model(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController, digits: Dataset
) -> None:
    ae, vae = open_runs(qtbot, app_state, runs_folder, ("ae", "vae"))
    app_state.probing.probe_sample(vae, 11)
    qtbot.waitUntil(has(controller, vae, ae))
    way, other = (pane.forward_pass for pane in controller.decoded.panes)
    assert way is not None
    assert other is not None
    x = torch.from_numpy(digits.samples[11:12].astype(np.float32) / 16)
    model = model_of(vae)
    with torch.no_grad():
        posterior = model.encode(x)
        assert posterior.log_variance is not None
        mean, log_variance = posterior.mean.double(), posterior.log_variance.double()
        kl = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum().item()
        reconstruction = -model.decode(posterior.mean).log_prob(x).item()
    assert way.mean == pytest.approx(mean[0].numpy(), abs=1e-5)
    assert way.log_variance == pytest.approx(log_variance[0].numpy(), abs=1e-5)
    assert way.kl == pytest.approx(kl, rel=1e-4)
    assert way.reconstruction == pytest.approx(reconstruction, rel=1e-5)
    assert (other.kl, other.noise, other.log_variance) == (None, None, None)


def test_noise_and_draws_are_requested_again(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    (key,) = open_runs(qtbot, app_state, runs_folder, ("vae",))
    app_state.probing.probe_sample(key, 3)
    qtbot.waitUntil(has(controller, key))
    app_state.session.set(noise_seed=1)

    def noisy() -> bool:
        way = controller.decoded.panes[0].forward_pass
        return way is not None and way.noise is not None and bool((way.noise != 0).any())

    qtbot.waitUntil(noisy)
    way = controller.decoded.panes[0].forward_pass
    assert way is not None
    assert way.log_variance is not None
    assert way.z == pytest.approx(way.mean + np.exp(0.5 * way.log_variance) * way.noise, abs=1e-5)
    assert set(app_state.probing.drawn) == {key}, "the plane shows the draws"
    assert app_state.probing.drawn[key] is way
    app_state.session.set(noise_seed=0)
    qtbot.waitUntil(lambda: not app_state.probing.drawn)
    app_state.session.set(decode_as="sample", draw_seed=4)
    qtbot.waitUntil(lambda: set(np.unique(controller.decoded.panes[0].picture)) <= {0.0, 16.0})


def test_a_new_model_is_queried_again(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    (key,) = open_runs(qtbot, app_state, runs_folder, ("vae",))
    app_state.probing.probe_point(key, (0.0, 0.0))
    qtbot.waitUntil(has(controller, key))
    before = controller.decoded.panes[0]
    app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)
    qtbot.waitUntil(lambda: controller.decoded.panes[0] is not before)
    assert controller.decoded.panes[0].picture == pytest.approx(before.picture)


def test_without_data_a_sample_is_decoded_from_its_code(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    (key,) = open_runs(qtbot, app_state, runs_folder, ("vae",))
    app_state.store.set(key, dataset=None, missing_data="digits: gone")
    app_state.probing.probe_sample(key, 8)
    qtbot.waitUntil(has(controller, key))
    pane = controller.decoded.panes[0]
    assert (pane.sample, pane.forward_pass) == (8, None)
    code = app_state.store.code_of(key, 8)
    assert code is not None
    assert pane.picture == pytest.approx(decode(key, code), abs=1e-4)


def test_a_pane_on_other_data_says_so(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    ae, vae = open_runs(qtbot, app_state, runs_folder, ("ae", "vae"))
    run = app_state.store.runs[ae]
    app_state.store.set(ae, description=replace(run.description, fingerprint="other", name="faces"))
    app_state.probing.probe_sample(vae, 8)
    qtbot.waitUntil(has(controller, vae))
    assert controller.decoded.absent == ((ae, "it was trained on other samples (faces)"),)


def test_closing_and_clearing_remove_the_decodes(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, controller: DecodeController
) -> None:
    ae, vae = open_runs(qtbot, app_state, runs_folder, ("ae", "vae"))
    app_state.probing.probe_sample(vae, 8)
    qtbot.waitUntil(has(controller, vae, ae))
    app_state.panes.close(0)
    qtbot.waitUntil(has(controller, vae))
    app_state.session.set(probe=None)
    assert controller.decoded.panes == ()
