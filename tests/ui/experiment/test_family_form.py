"""The form for each family: visible settings, the family's defaults, closed forms, unsuitable data."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.config import DataConfig, TrainConfig, replace
from explorer.data import catalog as datasets
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.models import catalog
from explorer.ui.experiment.config_form import ConfigForm
from explorer.ui.experiment.experiment_panel import ExperimentPanel
from explorer.ui.fields.fields import Field
from explorer.ui.run_list.run_entry import RunEntry
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox

LEFT = Qt.MouseButton.LeftButton
CLOSED = next(family for family in catalog.families() if not family.model_type.trained_by_steps)


@pytest.fixture
def panel(qtbot: QtBot, empty_state: AppState, themes: ThemeSource, digits: Dataset) -> ExperimentPanel:
    empty_state.data.use(DataConfig(), digits)
    panel = ExperimentPanel(empty_state, themes)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def form(qtbot: QtBot, themes: ThemeSource) -> ConfigForm:
    form = ConfigForm(themes)
    qtbot.addWidget(form)
    form.resize(280, 900)
    form.show()
    return form


def part(panel: QWidget, name: str) -> QWidget:
    found = panel.findChild(QWidget, name)
    assert isinstance(found, QWidget), name
    return found


def words(panel: QWidget, name: str) -> str:
    label = part(panel, name)
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def button(panel: QWidget, name: str) -> QPushButton:
    found = part(panel, name)
    assert isinstance(found, QPushButton)
    return found


def shown(form: ConfigForm, section: str, name: str) -> bool:
    return form.field(section, name).isVisible()


def choose(qtbot: QtBot, panel: ExperimentPanel, family: str) -> None:
    """Choose a family by the mouse, in the list that drops down."""
    combo = named(panel, "model_combo", ChoiceBox)
    qtbot.mouseClick(combo, LEFT)
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    index = view.model().index(combo.findData(family), 0)
    view.scrollTo(index)
    # The list takes a release that comes right behind its opening for the end of the click that opened it.
    QTest.qWait(QApplication.doubleClickInterval() + 50)
    qtbot.mouseMove(view.viewport(), view.visualRect(index).center())
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())
    qtbot.waitUntil(lambda: panel.form.family == family)


def test_a_setting_is_shown_where_it_matters(form: ConfigForm) -> None:
    form.set_family("sparse-ae")
    kind = form.field("model", "sparsity")
    for value, names in {
        "l1": {"sparsity_weight"}, "top-k": {"active_units"}, "kl": {"sparsity_weight", "target"}, "none": set(),
    }.items():  # fmt: skip
        kind.set_value(value)
        found = {name for name in ("sparsity_weight", "active_units", "target") if shown(form, "model", name)}
        assert found == names
    form.show_more(True)
    assert not shown(form, "train", "corruption_level")
    form.field("train", "corruption").set_value("blocks")
    assert shown(form, "train", "corruption_level")


def test_hidden_settings_leave_no_gap(form: ConfigForm, qtbot: QtBot) -> None:
    form.set_family("sparse-ae")
    form.field("model", "sparsity").set_value("none")
    qtbot.waitUntil(lambda: not shown(form, "model", "sparsity_weight"))

    def steps() -> list[int]:
        rows = sorted(
            {field.y() for field in form.findChildren(Field) if field.isVisible() and not field.description.advanced}
        )
        return [b - a for a, b in pairwise(rows)]

    qtbot.waitUntil(lambda: max(steps()) < 1.5 * min(steps()))


def test_a_setting_with_one_choice_is_not_asked(form: ConfigForm) -> None:
    form.set_family("conv-ae")
    assert not shown(form, "model", "network") and shown(form, "model", "channels")
    assert form.model == catalog.family("conv-ae").config_type()


def default_training(family: str) -> TrainConfig:
    """Return the default settings of a family's training on the digits."""
    entry = catalog.family(family)
    return replace(entry.train, epochs=entry.epochs)


def test_the_default_epochs_follow_the_number_of_samples(form: ConfigForm) -> None:
    form.set_family("vae")
    usual, epochs = catalog.family("vae").epochs, form.field("train", "epochs")
    form.set_samples(4 * 1437)
    assert epochs.value == form.train.epochs == round(usual / 2)
    form.set_family("conv-ae")
    assert form.field("train", "epochs").value == round(catalog.family("conv-ae").epochs / 2)
    form.field("train", "epochs").set_value(7)
    form.set_samples(1437)
    assert form.field("train", "epochs").value == 7
    form.set_family("vae")
    assert form.train.epochs == 7


def test_the_epochs_of_a_run_do_not_follow_the_number_of_samples(form: ConfigForm) -> None:
    form.take(catalog.family("vae").config_type(), default_training("vae"))
    form.set_samples(100 * 1437)
    assert form.train == default_training("vae")


def test_a_family_brings_its_training_settings_and_keeps_those_the_user_changed(form: ConfigForm) -> None:
    form.set_family("vae")
    own = {name: default_training(name) for name in ("vae", "ae", "conv-ae")}
    assert len({train.epochs for train in own.values()}) == 3
    for name, train in own.items():
        form.set_family(name)
        assert form.train == train
    form.field("train", "batch_size").set_value(32)
    form.set_family("vae")
    assert form.train == replace(own["vae"], batch_size=32)
    form.field("train", "batch_size").set_value(own["vae"].batch_size)
    form.set_family("conv-ae")
    assert form.train == own["conv-ae"]


def test_a_wide_code_follows_only_if_it_was_chosen(form: ConfigForm) -> None:
    form.set_family("sparse-ae")
    form.set_family("ae")
    assert form.model == catalog.family("ae").config_type()
    form.set_family("sparse-ae")
    form.field("model", "latent_dim").set_value(300)
    form.set_family("ae")
    assert form.model == replace(catalog.family("ae").config_type(), latent_dim=300)
    form.set_family("sparse-ae")
    assert form.model.latent_dim == 300


def test_layers_given_one_by_one_follow_into_families_that_take_them(form: ConfigForm) -> None:
    form.set_family("ae")
    layers = {"network": "layers", "encoder_layers": ("flatten", "linear 2"), "decoder_layers": ("linear 64",)}
    for name, value in layers.items():
        form.field("model", name).set_value(value)
    assert form.field("model", "encoder_layers").isVisibleTo(form)
    assert not form.field("model", "hidden_widths").isVisibleTo(form)
    form.set_family("wae-mmd")
    assert form.model == replace(catalog.family("wae-mmd").config_type(), **layers)
    form.set_family("sparse-ae")
    assert form.model.network == "dense"


def test_the_settings_of_a_run_are_those_of_its_family_again_in_another(form: ConfigForm) -> None:
    vae, train = catalog.family("vae"), replace(default_training("vae"), learning_rate=5e-4)
    form.take(vae.config_type(), train)
    assert form.train == train
    form.set_family("shallow-ae")
    assert form.train == replace(default_training("shallow-ae"), learning_rate=5e-4)


def test_a_closed_form_shows_no_training_settings_and_is_fitted(qtbot: QtBot, panel: ExperimentPanel) -> None:
    assert button(panel, "train_button").text() == "Train"
    choose(qtbot, panel, CLOSED.name)
    assert button(panel, "train_button").text() == "Fit"
    assert "closed form" in words(panel, "closed_form_note")
    pace = panel.findChild(QWidget, "pace_button")
    assert pace.isHidden()
    assert not [field for field in panel.form.findChildren(Field) if field.section == "train" and field.isVisible()]
    choose(qtbot, panel, "vae")
    assert button(panel, "train_button").text() == "Train" and words(panel, "closed_form_note") == ""
    assert not pace.isHidden()


def test_a_closed_form_is_fitted_and_not_trained_further(
    qtbot: QtBot, panel: ExperimentPanel, empty_state: AppState
) -> None:
    named(panel, "model_combo", ChoiceBox).choose(CLOSED.name)
    qtbot.mouseClick(button(panel, "train_button"), LEFT)
    key = str(empty_state.folders.folder / f"digits-{CLOSED.name}")
    qtbot.waitUntil(lambda: key in empty_state.store.runs and empty_state.store.runs[key].status == "finished")
    qtbot.waitUntil(lambda: button(panel, "train_button").isEnabled())
    entry = RunEntry(key, None, empty_state.store.runs[key], None)
    assert entry.details.endswith("closed form") and not entry.allows()["further"]


def test_families_stand_under_their_groups(panel: ExperimentPanel) -> None:
    combo = named(panel, "model_combo", ChoiceBox)
    items = combo.model()
    assert isinstance(items, QStandardItemModel)
    heads = [combo.itemText(row) for row in range(combo.count()) if items.item(row).font().bold()]
    assert heads[:2] == ["Linear", "Nonlinear"] and heads.index("Sparse") < heads.index("Variational")
    for row in range(combo.count()):
        is_head = combo.itemText(row) in heads
        assert items.item(row).isEnabled() != is_head and (combo.itemData(row) is None) == is_head
    under = combo.itemText(combo.findText("Sparse") + 1)
    assert under == "Overcomplete autoencoder"


def test_the_arrow_keys_pass_over_the_heads(qtbot: QtBot, panel: ExperimentPanel) -> None:
    listed = [family.name for family in catalog.families()]
    named(panel, "model_combo", ChoiceBox).choose(listed[0])
    named(panel, "model_combo", ChoiceBox).setFocus()
    for name in listed[1:8]:
        qtbot.keyClick(named(panel, "model_combo", ChoiceBox), Qt.Key.Key_Down)
        assert panel.form.family == name


def test_a_code_that_can_copy_is_reported_before_training(qtbot: QtBot, panel: ExperimentPanel) -> None:
    choose(qtbot, panel, "overcomplete-ae")
    assert "The model can copy its input: a code has 128 numbers" in words(panel, "family_notice_text")
    assert not button(panel, "use_example_data").isVisible()
    panel.form.field("model", "sparsity").set_value("l1")
    assert words(panel, "family_notice_text") == ""
    panel.form.field("model", "sparsity").set_value("none")
    panel.form.field("train", "corruption").set_value("gaussian")
    assert words(panel, "family_notice_text") == ""


@pytest.fixture
def vectors(tmp_path: Path) -> Callable[[], tuple[DataConfig, Dataset]]:
    def load() -> tuple[DataConfig, Dataset]:
        path = tmp_path / "numbers.csv"
        path.write_text("a,b,c\n" + "\n".join(f"{row},{row % 7},{row % 3 / 2}" for row in range(60)))
        config = DataConfig(source=str(path))
        return config, datasets.load(config, LoadContext())

    return load


def test_unsuitable_data_is_reported_at_once_and_suitable_data_offered(
    qtbot: QtBot, panel: ExperimentPanel, empty_state: AppState, vectors: Callable[[], tuple[DataConfig, Dataset]]
) -> None:
    empty_state.data.use(*vectors())
    assert words(panel, "family_notice_text") == ""
    choose(qtbot, panel, "conv-ae")
    assert "needs pictures; numbers has vectors" in words(panel, "family_notice_text")
    use = button(panel, "use_example_data")
    assert use.isVisible() and use.text().startswith("Use Handwritten digits")
    qtbot.mouseClick(use, LEFT)
    qtbot.waitUntil(lambda: empty_state.data.config.source == "digits" and not panel.data.loading)
    qtbot.waitUntil(lambda: words(panel, "family_notice_text") == "")
    assert panel.config.data.source == "digits"


def test_settings_at_fault_offer_no_other_data(
    panel: ExperimentPanel, empty_state: AppState, vectors: Callable[[], tuple[DataConfig, Dataset]]
) -> None:
    empty_state.data.use(*vectors())
    named(panel, "model_combo", ChoiceBox).choose("ae")
    panel.form.field("model", "network").set_value("residual")
    assert "model.network = residual needs pictures" in words(panel, "family_notice_text")
    assert not button(panel, "use_example_data").isVisible()
