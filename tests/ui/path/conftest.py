"""A tiny trained VAE, and a window's state that has opened it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.training.control import Control
from explorer.ui.services.app_state import AppState, start_state


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Path:
    """Return a tiny trained VAE."""
    out = tmp_path_factory.mktemp("runs") / "tiny-vae"
    model = catalog.family("vae").config_type(latent_dim=2, hidden_widths=(8,))
    config = RunConfig(data=DataConfig(), model=model, train=TrainConfig(epochs=1, threads=1))
    list(run_training(new_run(config, out, dataset=digits, device="cpu"), Control()))
    return out


@pytest.fixture
def app_state(trained: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[AppState]:
    app_state = start_state(tmp_path)
    app_state.opener.open(trained)
    qtbot.waitUntil(
        lambda: bool(app_state.session.view.panes) and app_state.store.runs[str(trained)].dataset is not None
    )
    yield app_state
    assert app_state.lifetime.close()
