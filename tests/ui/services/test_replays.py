"""The replay of a training: points, decodes and curves of one epoch, and the newest of all afterwards."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.jobs.queries.decode_questions import DecodePoints
from explorer.jobs.queries.replay_questions import ReadCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.jobs.workers.inference import Answer
from explorer.runs.replay import read_codes
from explorer.session import Session
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion

WAIT = 20_000


@pytest.fixture
def vae(app_state: AppState, runs_folder: Path, qtbot: QtBot) -> str:
    return opened(app_state, runs_folder / "vae", qtbot)


def opened(app_state: AppState, path: Path, qtbot: QtBot) -> str:
    app_state.opener.open(path)
    qtbot.waitUntil(
        lambda: str(path) in app_state.store.runs and app_state.store.runs[str(path)].dataset is not None, timeout=WAIT
    )
    return str(path)


def step_of_model(app_state: AppState, key: str) -> int:
    loaded = app_state.asker.model(key)
    assert loaded is not None
    return loaded.step


def look_at(app_state: AppState, key: str, epoch: float | None, qtbot: QtBot) -> OpenRun:
    """Scrub, and wait until points and model are there."""
    app_state.session.set(replay_epoch=epoch)
    frame = None if epoch is None else app_state.store.runs[key].frame_at(epoch)
    step = app_state.store.runs[key].step if frame is None else frame.step

    def is_there() -> bool:
        plane = app_state.store.runs[key].plane
        return plane is not None and plane.step == step == step_of_model(app_state, key)

    qtbot.waitUntil(is_there, timeout=WAIT)
    return app_state.store.runs[key]


def test_points_and_model_are_of_the_frame_and_the_basis_stays(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    before = app_state.store.runs[vae]
    assert before.plane is not None
    frames = before.replay.frames
    run = look_at(app_state, vae, frames[2].epoch, qtbot)
    codes = read_codes(frames[2])
    assert codes is not None
    assert run.plane is not None
    np.testing.assert_array_equal(run.plane.mean, codes.mean)
    np.testing.assert_array_equal(run.plane.labels, before.plane.labels)
    np.testing.assert_array_equal(run.plane.split, before.plane.split)
    assert run.plane.projection is before.plane.projection
    assert run.shown_epoch == frames[2].epoch
    look_at(app_state, vae, None, qtbot)
    after = app_state.store.runs[vae]
    assert after.shown_epoch is None
    assert after.plane is not None
    assert after.plane.mean is before.plane.mean


def test_codes_that_come_before_the_frame_s_model_are_shown(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    frame = app_state.store.runs[vae].replay.frames[1]
    codes = read_codes(frame)
    app_state.session.set(replay_epoch=frame.epoch)
    app_state.replays._on_codes(Answer(ReadCodes(vae, (frame,)), 0, {frame.step: codes}))
    plane = app_state.store.runs[vae].plane
    assert plane is not None and plane.step == frame.step
    qtbot.waitUntil(lambda: step_of_model(app_state, vae) == frame.step, timeout=WAIT)


def test_a_decode_is_of_the_frame_s_model(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    look_at(app_state, vae, 0.0, qtbot)
    for epoch in (0.0, None):
        look_at(app_state, vae, epoch, qtbot)
        answered: list[Answer] = []
        question = LiveQuestion(app_state.asker, answered.append)
        question.ask(DecodePoints(vae, ((0.1, 0.2),)))
        qtbot.waitUntil(lambda answered=answered: bool(answered), timeout=WAIT)
        assert answered[0].step == (0 if epoch == 0.0 else app_state.store.runs[vae].step)


def test_the_last_frame_of_a_finished_run_is_its_end(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    run = app_state.store.runs[vae]
    last = run.replay.frames[-1]
    assert last.step == run.step
    assert run.frame_at(last.epoch) is None
    assert run.frame_at(last.epoch - 1e-6) == run.replay.frames[-2]
    assert run.frame_at(0.0) == run.replay.frames[0]
    assert app_state.replays.epochs() == [frame.epoch for frame in run.replay.frames[:-1]]


def test_runs_without_a_replay_stay_at_their_newest_weights(
    app_state: AppState, vae: str, runs_folder: Path, qtbot: QtBot
) -> None:
    for file in (runs_folder / "ae" / "replay").iterdir():
        file.unlink()
    ae = opened(app_state, runs_folder / "ae", qtbot)
    before = app_state.store.runs[ae].plane
    look_at(app_state, vae, 0.5, qtbot)
    assert app_state.store.runs[ae].plane is before
    assert app_state.store.runs[ae].shown_epoch is None
    assert [run.key for run in app_state.replays.runs] == [vae]


def test_a_run_that_is_opened_meanwhile_shows_the_epoch_too(
    app_state: AppState, vae: str, runs_folder: Path, qtbot: QtBot
) -> None:
    look_at(app_state, vae, 0.5, qtbot)
    ae = opened(app_state, runs_folder / "ae", qtbot)
    qtbot.waitUntil(
        lambda: app_state.store.runs[ae].shown_epoch is not None and step_of_model(app_state, ae) < 24, timeout=WAIT
    )
    app_state.panes.close(1)
    qtbot.waitUntil(lambda: ae not in app_state.store.runs, timeout=WAIT)
    assert app_state.store.runs[vae].shown_epoch is not None


def test_scrubbing_is_one_undo_step_per_drag_and_sessions_keep_it(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    for epoch in (0.2, 0.7, 1.1):
        app_state.session.preview(replay_epoch=epoch)
    app_state.session.commit()
    assert Session.from_json(app_state.session.to_json()).view.replay_epoch == 1.1
    app_state.session.undo()
    assert app_state.session.view.replay_epoch is None
    look_at(app_state, vae, None, qtbot)


def test_a_damaged_frame_is_reported_and_the_others_still_shown(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    notices: list[str] = []
    app_state.messages.notified.connect(notices.append)
    frames = app_state.store.runs[vae].replay.frames
    frames[1].path.write_bytes(b"no frame")
    app_state.session.set(replay_epoch=frames[1].epoch)
    qtbot.waitUntil(lambda: bool(notices), timeout=WAIT)
    assert "damaged and was left out" in notices[0]
    look_at(app_state, vae, frames[2].epoch, qtbot)


def test_a_training_continues_while_an_earlier_epoch_is_shown(app_state: AppState, qtbot: QtBot) -> None:
    model = MODEL_CONFIGS["vae"](hidden_widths=(8,))
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=3, batch_size=256))
    key = str(app_state.folders.folder / "new")
    app_state.trainings.pace = "step"
    app_state.trainings.train(config, "new")
    qtbot.waitUntil(lambda: app_state.trainings.control(key) is not None, timeout=WAIT)
    control = app_state.trainings.control(key)
    assert control is not None
    control.advance(6)
    qtbot.waitUntil(
        lambda: key in app_state.store.runs and len(app_state.store.runs[key].replay.frames) > 3, timeout=WAIT
    )
    qtbot.waitUntil(lambda: app_state.store.runs[key].plane is not None, timeout=WAIT)
    look_at(app_state, key, 0.0, qtbot)
    control.advance(4)
    qtbot.waitUntil(lambda: app_state.store.runs[key].step >= 10, timeout=WAIT)
    assert step_of_model(app_state, key) == 0
    shown = app_state.store.runs[key].plane
    assert shown is not None
    assert shown.step == 0
    app_state.session.set(replay_epoch=None)
    qtbot.waitUntil(lambda: step_of_model(app_state, key) >= 10, timeout=WAIT)
    app_state.session.set(replay_epoch=0.0)
    control.set_pace("full")
    qtbot.waitUntil(
        lambda: key not in app_state.trainings.running and app_state.store.runs[key].status == "finished", timeout=WAIT
    )
    ended: list[bool] = []
    app_state.tasks.do("settle", lambda _: True, ended.append)
    qtbot.waitUntil(lambda: bool(ended) and step_of_model(app_state, key) == 0, timeout=WAIT)
    run = look_at(app_state, key, None, qtbot)
    assert run.plane is not None
    assert len(run.plane.index) == 1797


def test_a_renamed_run_keeps_its_replay(app_state: AppState, vae: str, qtbot: QtBot) -> None:
    look_at(app_state, vae, 0.5, qtbot)
    app_state.folders.rename(vae, "other")
    new = str(Path(vae).with_name("other"))
    qtbot.waitUntil(lambda: new in app_state.store.runs, timeout=WAIT)
    look_at(app_state, new, 0.5, qtbot)


def test_a_model_without_an_encoder_decodes_again_and_its_draws_stay(app_state: AppState, qtbot: QtBot) -> None:
    model = MODEL_CONFIGS["gan"](latent_dim=2)
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=1, batch_size=256))
    path = app_state.folders.folder / "gan"
    for _ in run_training(new_run(config, path, device="cpu")):
        pass
    key = opened(app_state, path, qtbot)
    before = app_state.store.runs[key].plane
    assert before is not None
    run = look_at(app_state, key, 0.0, qtbot)
    assert run.plane is not None
    np.testing.assert_array_equal(run.plane.mean, before.mean)
    look_at(app_state, key, None, qtbot)
