import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from explorer.config import DataConfig, RunConfig, replace, set_values
from explorer.data import catalog as datasets
from explorer.data.dataset import DataError
from explorer.models import catalog
from explorer.ui.experiment.data_picker import recent_data, remember_data
from explorer.ui.experiment.experiment_panel import ExperimentPanel
from explorer.ui.services.run_folders import name_problem, suggested_name

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000


@pytest.fixture
def panel(empty_state, themes, qtbot, digits):
    empty_state.data.use(DataConfig(), digits)
    panel = ExperimentPanel(empty_state, themes)
    qtbot.addWidget(panel)
    panel.resize(268, 700)
    panel.show()
    qtbot.waitExposed(panel)
    small = replace(catalog.family("vae").config_type(), hidden_widths=(8,))
    panel.form.take(small, set_values(RunConfig(model=small), {"train.epochs": "2"}).train)
    return panel


def part(panel, name, kind=QWidget):
    found = panel.findChild(kind, name)
    assert found is not None, name
    return found


def press(qtbot, panel, name):
    qtbot.mouseClick(part(panel, name, QPushButton), LEFT)


def set_epochs(panel, epochs):
    panel.form.field("train", "epochs").set_value(epochs)


def finished(empty_state, name, status="finished"):
    key = str(empty_state.folders.folder / name)
    return lambda: (
        key not in empty_state.trainings.running
        and key in empty_state.store.runs
        and empty_state.store.runs[key].status == status
    )


def test_train_works_with_no_choice_made(empty_state, themes, qtbot, monkeypatch):
    panel = ExperimentPanel(empty_state, themes)
    qtbot.addWidget(panel)
    panel.show()
    calls = []
    monkeypatch.setattr(empty_state.trainings, "train", lambda config, name: calls.append((config, name)))
    press(qtbot, panel, "train_button")
    vae = catalog.family("vae")
    assert calls == [(set_values(vae.defaults, {"train.epochs": str(vae.epochs)}), "digits-vae")]


def test_train_means_a_new_run_while_one_trains(panel, empty_state, qtbot):
    set_epochs(panel, 100_000)
    button = part(panel, "train_button")
    press(qtbot, panel, "train_button")
    assert button.text().startswith("Get") and not button.isEnabled() and button.toolTip() == "Getting ready"
    qtbot.waitUntil(lambda: button.text() == "Train" and button.isEnabled(), timeout=WAIT)
    assert part(panel, "next_run_note").isVisible() and len(empty_state.trainings.running) == 1
    qtbot.waitUntil(lambda: part(panel, "run_name").text() == "digits-vae-2", timeout=WAIT)
    press(qtbot, panel, "train_button")
    qtbot.waitUntil(lambda: len(empty_state.trainings.running) == 2, timeout=WAIT)
    for key in empty_state.trainings.running:
        empty_state.trainings.stop(key)
    qtbot.waitUntil(lambda: not empty_state.trainings.running, timeout=WAIT)
    qtbot.waitUntil(lambda: not part(panel, "next_run_note").isVisible())


def test_a_nan_loss_is_reported(panel, empty_state, qtbot):
    wild = {"activation": "identity", "likelihood": "gaussian", "sigma": 1e-3, "hidden_widths": (512, 256, 128)}
    train = replace(panel.form.train, learning_rate=1.0, epochs=30)
    panel.take_settings(RunConfig(model=replace(catalog.family("ae").config_type(), **wild), train=train))
    said = []
    empty_state.messages.notified.connect(said.append)
    press(qtbot, panel, "train_button")
    qtbot.waitUntil(finished(empty_state, "digits-ae", "failed"), timeout=WAIT)
    assert any("no longer a number" in text and "smaller learning rate" in text for text in said)
    reason = empty_state.store.runs[str(empty_state.folders.folder / "digits-ae")].reason
    assert "no longer a number" in reason


def test_the_device_is_the_users(panel, empty_state, qtbot):
    combo = part(panel, "device_combo")
    assert combo.itemText(0).startswith("Automatic (")
    combo.choose("cpu")
    assert empty_state.trainings.device == "cpu"


def test_first_look_is_a_tenth(panel, qtbot):
    panel.form.show_more(True)
    box = part(panel, "first_look")
    qtbot.mouseClick(box, LEFT, pos=box.rect().topLeft() + box.rect().bottomRight() / 12)
    assert box.isChecked() and panel.config.train.fraction == pytest.approx(0.1)
    panel.form.field("train", "fraction").set_value(1.0)
    assert not box.isChecked()


def test_first_look_gets_the_epochs_for_so_many_samples(panel, digits, monkeypatch):
    monkeypatch.setattr(catalog, "REFERENCE_SAMPLES", 100)
    panel.form.set_family("ae")
    samples = len(digits.splits.train)
    few, many = (catalog.family("ae").epochs_for(count) for count in (round(samples / 10), samples))
    set_epochs(panel, many)
    for share, epochs in ((0.1, few), (1.0, many), (0.1, few)):
        panel.form.field("train", "fraction").set_value(share)
        assert panel.config.train.epochs == epochs
    assert few > many


def test_a_wrong_setting_prevents_training(panel, empty_state, qtbot, monkeypatch):
    monkeypatch.setattr(empty_state.trainings, "train", lambda *_: pytest.fail("trained"))
    widths = part(panel, "model_hidden_widths", QLineEdit)
    widths.selectAll()
    qtbot.keyClicks(widths, "8, x")
    press(qtbot, panel, "train_button")
    assert part(panel, "model_hidden_widths_fault").isVisible()


def test_a_name_is_free_or_refused(panel, empty_state, qtbot, tmp_path, monkeypatch):
    (empty_state.folders.folder / "digits-ae").mkdir(parents=True)
    part(panel, "model_combo").choose("ae")
    name = part(panel, "run_name", QLineEdit)
    assert name.text() == "digits-ae-2"
    monkeypatch.setattr(empty_state.trainings, "train", lambda *_: pytest.fail("trained"))
    name.selectAll()
    qtbot.keyClicks(name, "digits-ae")
    press(qtbot, panel, "train_button")
    assert "already a run digits-ae;" in part(panel, "run_name_fault").text()
    qtbot.keyClicks(name, "-mine")
    assert not part(panel, "run_name_fault").isVisible()


def test_names_are_plain_folder_names(tmp_path):
    assert suggested_name(DataConfig(source="/data/my pictures.v2/"), "vae", tmp_path, ()) == "my pictures-vae"
    assert suggested_name(DataConfig(source="digits"), "ae", tmp_path, {"digits-ae", "digits-ae-2"}) == "digits-ae-3"
    for bad in ("", "..", "a/b", "what?", "x" * 101):
        assert name_problem(bad, tmp_path, ())
    assert name_problem("fine name 2.0", tmp_path, ()) == ""


def test_the_form_takes_the_settings_of_a_run(panel, empty_state):
    config = set_values(
        RunConfig(model=catalog.family("ae").config_type()), {"model.latent_dim": "3", "train.epochs": "9"}
    )
    panel.take_settings(config)
    assert panel.config == config and part(panel, "model_combo").currentData() == "ae"


def test_recent_data_is_kept_newest_first():
    first, second = (
        DataConfig(source="/a.csv", label_column="kind"),
        DataConfig(source="/b.npz", attribute_columns=("t",)),
    )
    for config in (first, second, first):
        remember_data(config)
    assert recent_data() == (first, second)


def test_a_plug_in_that_failed_says_why_and_cannot_be_chosen(empty_state, themes, qtbot, monkeypatch):
    broken = datasets.SourceDescription("words", "Words", "", False, "ImportError: no gensim")
    monkeypatch.setitem(catalog.PLUGIN_PROBLEMS, "flow", "ImportError: no nflows")
    real = datasets.describe_all
    monkeypatch.setattr(datasets, "describe_all", lambda: (*real(), broken))
    panel = ExperimentPanel(empty_state, themes)
    qtbot.addWidget(panel)
    for name, title, problem in (("model_combo", "flow", "no nflows"), ("dataset_combo", "Words", "no gensim")):
        combo = part(panel, name)
        row = combo.findText(f"{title} (cannot be used)")
        assert row >= 0
        assert problem in combo.itemData(row, Qt.ItemDataRole.ToolTipRole)
        assert not combo.model().index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled
        assert combo.currentData() is not None


def test_data_that_fails_leaves_the_old_in_use(panel, empty_state, qtbot, digits, monkeypatch):
    pressed = threading.Event()

    def fail(config, context):
        assert pressed.wait(10)
        raise DataError("mnist: no mirror can be reached; put the files there")

    monkeypatch.setattr(datasets, "load", fail)
    combo = part(panel, "dataset_combo")
    index = next(row for row in range(combo.count()) if getattr(combo.itemData(row), "source", "") == "mnist")
    with qtbot.waitSignal(empty_state.messages.notified) as notice:
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
        assert part(panel, "data_cancel").isVisible()
        press(qtbot, panel, "train_button")  # waits for data that never comes
        pressed.set()
    assert "put the files there" in notice.args[0]
    assert empty_state.data.dataset is digits and combo.currentData() == empty_state.data.config == DataConfig()
    assert not part(panel, "data_cancel").isVisible() and not empty_state.trainings.running
    assert part(panel, "train_button").isEnabled()


def test_training_waits_for_data_that_is_being_loaded(panel, empty_state, qtbot, monkeypatch):
    calls = []
    monkeypatch.setattr(empty_state.trainings, "train", lambda config, name: calls.append((config.data.source, name)))
    panel.data.choose(DataConfig(source="digits", split_seed=3))
    press(qtbot, panel, "train_button")
    assert calls == []
    qtbot.waitUntil(lambda: calls == [("digits", "digits-vae")], timeout=WAIT)
    assert empty_state.data.config.split_seed == 3


# The data dialog
