import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from explorer.config import DataConfig, RunConfig, replace, set_values
from explorer.data import catalog as datasets
from explorer.data.dataset import DataError
from explorer.models import catalog
from explorer.ui.experiment.data_dialog import DataDialog
from explorer.ui.experiment.data_picker import recent_data, remember_data
from explorer.ui.experiment.experiment_panel import ExperimentPanel
from explorer.ui.services.app_state import start_state
from explorer.ui.services.run_folders import name_problem, suggested_name
from explorer.ui.theme.theme import ThemeSource

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000


@pytest.fixture
def themes(qapp):
    return ThemeSource("dark")


@pytest.fixture
def app_state(qapp, tmp_path):
    app_state = start_state(tmp_path / "runs")
    yield app_state
    assert app_state.lifetime.close()


@pytest.fixture
def panel(app_state, themes, qtbot, digits):
    app_state.data.use(DataConfig(), digits)
    panel = ExperimentPanel(app_state, themes)
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


def finished(app_state, name, status="finished"):
    key = str(app_state.folders.folder / name)
    return lambda: (
        key not in app_state.trainings.running
        and key in app_state.store.runs
        and app_state.store.runs[key].status == status
    )


def test_train_works_with_no_choice_made(app_state, themes, qtbot, monkeypatch):
    panel = ExperimentPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.show()
    calls = []
    monkeypatch.setattr(app_state.trainings, "train", lambda config, name: calls.append((config, name)))
    press(qtbot, panel, "train_button")
    assert calls == [(RunConfig(model=catalog.family("vae").config_type()), "digits-vae")]


def test_train_means_a_new_run_while_one_trains(panel, app_state, qtbot):
    set_epochs(panel, 100_000)
    button = part(panel, "train_button")
    press(qtbot, panel, "train_button")
    assert button.text().startswith("Get") and not button.isEnabled() and button.toolTip() == "Getting ready"
    qtbot.waitUntil(lambda: button.text() == "Train" and button.isEnabled(), timeout=WAIT)
    assert part(panel, "next_run_note").isVisible() and len(app_state.trainings.running) == 1
    qtbot.waitUntil(lambda: part(panel, "run_name").text() == "digits-vae-2", timeout=WAIT)
    press(qtbot, panel, "train_button")
    qtbot.waitUntil(lambda: len(app_state.trainings.running) == 2, timeout=WAIT)
    for key in app_state.trainings.running:
        app_state.trainings.stop(key)
    qtbot.waitUntil(lambda: not app_state.trainings.running, timeout=WAIT)
    qtbot.waitUntil(lambda: not part(panel, "next_run_note").isVisible())


def test_a_nan_loss_is_reported(panel, app_state, qtbot):
    wild = {"activation": "identity", "likelihood": "gaussian", "sigma": 1e-3, "hidden_widths": (512, 256, 128)}
    train = replace(panel.form.train, learning_rate=1.0, epochs=30)
    panel.take_settings(RunConfig(model=replace(catalog.family("ae").config_type(), **wild), train=train))
    said = []
    app_state.messages.notified.connect(said.append)
    press(qtbot, panel, "train_button")
    qtbot.waitUntil(finished(app_state, "digits-ae", "failed"), timeout=WAIT)
    assert any("no longer a number" in text and "smaller learning rate" in text for text in said)
    reason = app_state.store.runs[str(app_state.folders.folder / "digits-ae")].reason
    assert "no longer a number" in reason


def test_the_device_is_the_users(panel, app_state, qtbot):
    combo = part(panel, "device_combo")
    assert combo.itemText(0).startswith("Automatic (")
    combo.choose("cpu")
    assert app_state.trainings.device == "cpu"


def test_first_look_is_a_tenth(panel, qtbot):
    panel.form.show_more(True)
    box = part(panel, "first_look")
    qtbot.mouseClick(box, LEFT, pos=box.rect().topLeft() + box.rect().bottomRight() / 12)
    assert box.isChecked() and panel.config.train.fraction == pytest.approx(0.1)
    panel.form.field("train", "fraction").set_value(1.0)
    assert not box.isChecked()


def test_a_wrong_setting_prevents_training(panel, app_state, qtbot, monkeypatch):
    monkeypatch.setattr(app_state.trainings, "train", lambda *_: pytest.fail("trained"))
    widths = part(panel, "model_hidden_widths", QLineEdit)
    widths.selectAll()
    qtbot.keyClicks(widths, "8, x")
    press(qtbot, panel, "train_button")
    assert part(panel, "model_hidden_widths_fault").isVisible()


def test_a_name_is_free_or_refused(panel, app_state, qtbot, tmp_path, monkeypatch):
    (app_state.folders.folder / "digits-ae").mkdir(parents=True)
    part(panel, "model_combo").choose("ae")
    name = part(panel, "run_name", QLineEdit)
    assert name.text() == "digits-ae-2"
    monkeypatch.setattr(app_state.trainings, "train", lambda *_: pytest.fail("trained"))
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


def test_the_form_takes_the_settings_of_a_run(panel, app_state):
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


def test_a_plug_in_that_failed_says_why_and_cannot_be_chosen(app_state, themes, qtbot, monkeypatch):
    broken = datasets.SourceDescription("words", "Words", "", False, "ImportError: no gensim")
    monkeypatch.setitem(catalog.PLUGIN_PROBLEMS, "flow", "ImportError: no nflows")
    real = datasets.describe_all
    monkeypatch.setattr(datasets, "describe_all", lambda: (*real(), broken))
    panel = ExperimentPanel(app_state, themes)
    qtbot.addWidget(panel)
    for name, title, problem in (("model_combo", "flow", "no nflows"), ("dataset_combo", "Words", "no gensim")):
        combo = part(panel, name)
        row = combo.findText(f"{title} (cannot be used)")
        assert row >= 0
        assert problem in combo.itemData(row, Qt.ItemDataRole.ToolTipRole)
        assert not combo.model().index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled
        assert combo.currentData() is not None


def test_data_that_fails_leaves_the_old_in_use(panel, app_state, qtbot, digits, monkeypatch):
    pressed = threading.Event()

    def fail(config, context):
        assert pressed.wait(10)
        raise DataError("mnist: no mirror can be reached; put the files there")

    monkeypatch.setattr(datasets, "load", fail)
    combo = part(panel, "dataset_combo")
    index = next(row for row in range(combo.count()) if getattr(combo.itemData(row), "source", "") == "mnist")
    with qtbot.waitSignal(app_state.messages.notified) as notice:
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
        assert part(panel, "data_cancel").isVisible()
        press(qtbot, panel, "train_button")  # waits for data that never comes
        pressed.set()
    assert "put the files there" in notice.args[0]
    assert app_state.data.dataset is digits and combo.currentData() == app_state.data.config == DataConfig()
    assert not part(panel, "data_cancel").isVisible() and not app_state.trainings.running
    assert part(panel, "train_button").isEnabled()


def test_training_waits_for_data_that_is_being_loaded(panel, app_state, qtbot, monkeypatch):
    calls = []
    monkeypatch.setattr(app_state.trainings, "train", lambda config, name: calls.append((config.data.source, name)))
    panel.data.choose(DataConfig(source="digits", split_seed=3))
    press(qtbot, panel, "train_button")
    assert calls == []
    qtbot.waitUntil(lambda: calls == [("digits", "digits-vae")], timeout=WAIT)
    assert app_state.data.config.split_seed == 3


# The data dialog


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'ab'[i % 2]},{i % 5}" for i, (a, b) in enumerate(rng.normal(size=(60, 2)))]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["height,width,species,site", *rows]))
    return path


@pytest.fixture
def dialog_of(app_state, themes, qtbot):
    def make(what):
        dialog = DataDialog(app_state, themes, what)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def ready(dialog):
    return part(dialog, "data_use").isEnabled


def test_a_table_offers_its_columns(dialog_of, app_state, qtbot, table):
    dialog = dialog_of(table)
    qtbot.waitUntil(ready(dialog), timeout=WAIT)
    assert "4 columns: height, width, species, site" in part(dialog, "data_problem").text()
    label = part(dialog, "data_label_column")
    assert [label.itemText(row) for row in range(label.count())] == [
        "species (found)",
        "height",
        "width",
        "species",
        "site",
    ]
    assert "a 30, b 30" in part(dialog, "data_counts").text()
    group = part(dialog, "data_group_column")
    group.choose("site")
    qtbot.waitUntil(lambda: not ready(dialog)(), timeout=WAIT)
    qtbot.waitUntil(ready(dialog), timeout=WAIT)
    press(qtbot, dialog, "data_use")
    assert app_state.data.config == DataConfig(source=str(table), group_column="site")
    assert app_state.data.dataset.description.feature_names == ("height", "width")
    assert recent_data() == () and not dialog.isVisible()  # the panel remembers, and there is none here


def test_pictures_of_several_sizes_get_one(dialog_of, app_state, qtbot, tmp_path):
    for name, side in (("cats/1", 9), ("cats/2", 12), ("dogs/1", 9), ("dogs/2", 9)):
        file = tmp_path / "pictures" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (side, side), 7 * side).save(file)
    dialog = dialog_of(tmp_path / "pictures")
    qtbot.waitUntil(ready(dialog), timeout=WAIT)
    assert part(dialog, "data_picture_size").value() == 64
    assert "cats 2, dogs 2" in part(dialog, "data_counts").text()


def test_arrays_offer_their_names(dialog_of, app_state, qtbot, tmp_path):
    path = tmp_path / "arrays.npz"
    rng = np.random.default_rng(0)
    np.savez(path, first=rng.random((40, 6)), second=rng.random((40, 5)), age=np.arange(40.0))
    dialog = dialog_of(path)
    qtbot.waitUntil(lambda: part(dialog, "data_problem").property("role") == "error", timeout=WAIT)
    assert "data.samples_key" in part(dialog, "data_problem").text()
    part(dialog, "data_samples_key").choose("second")
    qtbot.waitUntil(ready(dialog), timeout=WAIT)
    press(qtbot, dialog, "data_use")
    assert app_state.data.dataset.description.shape == (5,)


@pytest.mark.parametrize("content", [b"\0\1garbage", b""])
def test_an_unreadable_file_is_reported_in_one_sentence(dialog_of, app_state, qtbot, tmp_path, digits, content):
    app_state.data.use(DataConfig(), digits)
    path = tmp_path / "garbage.bin"
    path.write_bytes(content)
    dialog = dialog_of(path)
    qtbot.waitUntil(lambda: part(dialog, "data_problem").property("role") == "error", timeout=WAIT)
    text = part(dialog, "data_problem").text()
    assert str(path) in text and "\n" not in text
    assert not ready(dialog)() and app_state.data.dataset is digits
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and app_state.data.dataset is digits


def test_a_dialog_closed_in_the_middle_is_no_trouble(dialog_of, app_state, qtbot, table):
    dialog = dialog_of(table)
    dialog.reject()
    done = []
    app_state.tasks.do("after", lambda _: 1, done.append)
    qtbot.waitUntil(lambda: done == [1], timeout=WAIT)
    assert app_state.data.dataset is None
