"""A training that takes a pane over can be undone: the old run comes back with its probe and path."""

import pytest

from explorer.config import DataConfig, RunConfig, set_values
from explorer.jobs.plane.scene import path_now
from explorer.models import catalog
from explorer.session import Pane, Path, Probe, Waypoint
from explorer.ui.services.app_state import start_state

WAIT = 20_000


@pytest.fixture
def app_state(qapp, tmp_path, digits):
    app_state = start_state(tmp_path / "runs")
    app_state.data.use(DataConfig(), digits)
    yield app_state
    assert app_state.lifetime.close()


def train(app_state, qtbot, name, epochs=1):
    config = RunConfig(model=catalog.family("vae").config_type())
    changed = {"model.hidden_widths": "8", "train.epochs": str(epochs), "train.threads": "1"}
    app_state.trainings.train(set_values(config, changed), name)
    key = str(app_state.folders.folder / name)
    qtbot.waitUntil(lambda: key in app_state.store.runs, timeout=WAIT)
    return key


def is_finished(app_state, key):
    return lambda: key in app_state.store.runs and app_state.store.runs[key].status == "finished"


def shown(app_state):
    return [pane.run for pane in app_state.session.view.panes]


@pytest.fixture
def old(app_state, qtbot):
    """Return a trained run with a probe and a path."""
    key = train(app_state, qtbot, "old")
    qtbot.waitUntil(is_finished(app_state, key), timeout=WAIT)
    app_state.session.set(probe=Probe(key, (0.5, 0.25)))
    app_state.session.set(path=Path(key, (Waypoint((0.0, 0.0)), Waypoint((1.0, 1.0)))))
    return key


def test_the_old_run_comes_back_with_probe_and_path(app_state, qtbot, old):
    before = app_state.session.view
    new = train(app_state, qtbot, "new")
    assert shown(app_state) == [new]
    assert app_state.session.view.probe is None and app_state.session.view.path is None
    qtbot.waitUntil(is_finished(app_state, new), timeout=WAIT)
    assert old not in app_state.store.runs, "a run that no pane shows is closed"
    assert app_state.session.undo_name == "train new"
    app_state.session.undo()
    view = app_state.session.view
    assert (shown(app_state), view.probe, view.path) == ([old], before.probe, before.path)
    qtbot.waitUntil(is_finished(app_state, old), timeout=WAIT)
    qtbot.waitUntil(lambda: new not in app_state.store.runs)
    app_state.session.redo()
    assert shown(app_state) == [new]
    qtbot.waitUntil(is_finished(app_state, new), timeout=WAIT)
    qtbot.waitUntil(lambda: old not in app_state.store.runs)


def test_the_followed_sample_and_a_path_between_samples_stay_in_the_new_run(app_state, qtbot, old):
    session, store = app_state.session, app_state.store
    places = tuple(Waypoint(store.code_of(old, sample), sample) for sample in (3, 7))
    session.set(probe=Probe(old, store.code_of(old, 5), 5), path=Path(old, places))
    before = session.view
    new = train(app_state, qtbot, "new")
    view = session.view
    assert (view.probe.run, view.probe.sample) == (new, 5)
    assert view.path.run == new and [place.sample for place in view.path.waypoints] == [3, 7]
    qtbot.waitUntil(is_finished(app_state, new), timeout=WAIT)
    qtbot.waitUntil(lambda: store.runs[new].plane is not None, timeout=WAIT)
    now = path_now(view.path, store.runs[new].plane)
    assert [place.z for place in now.waypoints] == [store.code_of(new, sample) for sample in (3, 7)]
    session.undo()
    assert (session.view.probe, session.view.path) == (before.probe, before.path)


def test_a_closed_pane_comes_back_with_its_run(app_state, qtbot, old):
    before = app_state.session.view
    app_state.panes.close(0)
    assert old not in app_state.store.runs and app_state.session.view.probe is None
    assert app_state.session.undo_name == "close old"
    app_state.session.undo()
    view = app_state.session.view
    assert (shown(app_state), view.probe, view.path) == ([old], before.probe, before.path)
    qtbot.waitUntil(is_finished(app_state, old), timeout=WAIT)
    app_state.session.redo()
    assert shown(app_state) == [] and old not in app_state.store.runs


def test_a_training_goes_on_when_it_is_undone(app_state, qtbot, old):
    new = train(app_state, qtbot, "new", epochs=100_000)
    app_state.session.undo()
    assert shown(app_state) == [old] and new in app_state.trainings.running
    qtbot.waitUntil(lambda: old in app_state.store.runs, timeout=WAIT)
    app_state.trainings.stop(new)
    qtbot.waitUntil(lambda: not app_state.trainings.running and new not in app_state.store.runs, timeout=WAIT)
    app_state.session.redo()
    assert shown(app_state) == [new]
    qtbot.waitUntil(lambda: new in app_state.store.runs, timeout=WAIT)
    assert app_state.store.runs[new].status == "stopped"


def test_nothing_of_a_run_is_kept_that_no_undo_can_show(app_state, qtbot, old):
    new = train(app_state, qtbot, "new")
    qtbot.waitUntil(is_finished(app_state, new), timeout=WAIT)
    # Opening a run beside it is no step of undo: it holds in the Views before as well.
    app_state.session.set_silent(panes=(Pane(new),), active=0)
    assert not app_state.session.remembers(old)
    while app_state.session.can_undo:
        app_state.session.undo()
        view = app_state.session.view
        assert shown(app_state) == [new] and view.probe is None and view.path is None
