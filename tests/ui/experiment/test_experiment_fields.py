from typing import Literal

import pytest
from pydantic.dataclasses import dataclass
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from explorer.config import STRICT, DataConfig, ModelConfig, TrainConfig, describe_fields, range_text, replace, setting
from explorer.models import catalog
from explorer.ui.experiment.config_form import ConfigForm
from explorer.ui.fields.fields import build_field
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import WhyMark, cards_of
from explorer.ui.widgets.boxes import ChoiceBox, NumberBox, WholeNumberBox
from explorer.ui.widgets.labels import FieldLabel


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Everything(ModelConfig):
    count: int = setting(3, "Count", "How many.", ge=1, le=9)
    rate: float = setting(1e-3, "Rate", "How fast.", unit="per step", gt=0, le=1)
    kind: Literal["one", "two"] = setting("one", "Kind", "Which.")
    widths: tuple[int, ...] = setting((512, 256), "Widths", "How wide.")
    note: str = setting("", "Note", "What.")
    sure: bool = setting(False, "Sure", "Whether.")


DESCRIBED = {field.name: field for field in describe_fields(Everything)}


@pytest.fixture
def field_of(qtbot):
    def make(name):
        field = build_field("model", DESCRIBED[name])
        qtbot.addWidget(field)
        field.show()
        qtbot.waitExposed(field)
        field.editor.setFocus()
        return field

    return make


@pytest.fixture
def form(qtbot, qapp):
    form = ConfigForm(ThemeSource("dark"))
    qtbot.addWidget(form)
    form.set_family("vae")
    form.resize(240, 600)
    form.show()
    return form


def type_into(qtbot, box, text):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)


@pytest.mark.parametrize("name", list(DESCRIBED))
def test_each_kind_has_an_editor_with_name_and_tip(field_of, name):
    field = field_of(name)
    assert field.value == DESCRIBED[name].default
    assert field.editor.objectName() == f"model_{name}"
    assert field.editor.toolTip().startswith(DESCRIBED[name].help)
    assert field.editor.accessibleName().startswith(DESCRIBED[name].label)


def test_tooltips_state_the_range():
    assert range_text(DESCRIBED["count"]) == "1 to 9"
    assert range_text(DESCRIBED["rate"]) == "more than 0, at most 1"
    assert range_text(DESCRIBED["note"]) == ""


def test_a_small_number_is_shown_and_taken_as_written(field_of, qtbot):
    field = field_of("rate")
    assert isinstance(field.editor, NumberBox)
    assert field.editor.text() == "0.001"
    type_into(qtbot, field.editor, "5e-4")
    assert field.value == pytest.approx(5e-4)
    qtbot.keyClick(field.editor, Qt.Key.Key_Return)
    assert field.editor.text() == "0.0005"


@pytest.mark.parametrize(
    ("name", "text"),
    [("count", "90"), ("count", "x"), ("count", "2.5"), ("rate", "0"), ("rate", "nan"), ("rate", "1e")],
)
def test_a_wrong_number_is_reported_and_the_old_one_stays(field_of, qtbot, name, text):
    field = field_of(name)
    before = field.value
    type_into(qtbot, field.editor, text)
    assert field.problem.startswith("Must be ")
    assert field.findChild(QLabel, f"model_{name}_fault").isVisible()
    assert field.value == before
    qtbot.keyClick(field.editor, Qt.Key.Key_Return)
    assert field.findChild(QLabel, f"model_{name}_fault").text().endswith(f"It stays {field.editor.text()}.")
    assert field.value == before and field.problem == "", "what is correct again keeps no run from training"
    type_into(qtbot, field.editor, "1")
    assert field.problem == "" and field.value == 1


def test_whole_numbers_have_a_spin_box(field_of, qtbot):
    field = field_of("count")
    assert isinstance(field.editor, WholeNumberBox)
    with qtbot.waitSignal(field.changed):
        qtbot.keyClick(field.editor, Qt.Key.Key_Up)
    assert field.value == 4


def test_a_list_is_typed_with_commas(field_of, qtbot):
    field = field_of("widths")
    assert isinstance(field.editor, QLineEdit) and field.editor.text() == "512, 256"
    type_into(qtbot, field.editor, "64,  32 , 16")
    assert field.value == (64, 32, 16)
    type_into(qtbot, field.editor, "64, wide")
    assert "whole numbers from 1 up, such as 512, 256" in field.problem
    type_into(qtbot, field.editor, "8")
    assert field.problem == "" and field.value == (8,)


def test_a_choice_and_a_tick(field_of, qtbot):
    kind = field_of("kind")
    assert isinstance(kind.editor, ChoiceBox)
    qtbot.keyClick(kind.editor, Qt.Key.Key_Down)
    assert kind.value == "two"
    sure = field_of("sure")
    qtbot.keyClick(sure.editor, Qt.Key.Key_Space)
    assert sure.value is True


def test_the_form_has_every_field_of_the_configs(form):
    defaults = {"model": vars(form.model), "train": vars(form.train)}
    for section, config_type in (("model", catalog.family("vae").config_type), ("train", TrainConfig)):
        for description in describe_fields(config_type):
            editor = form.findChild(QWidget, f"{section}_{description.name}")
            assert editor is not None
            basic = description.name in ("learning_rate", "seed") or not description.advanced
            shown = basic and description.name != "corruption" and description.matters(defaults[section])
            assert editor.isVisible() == shown, description.name
    assert form.model == catalog.family("vae").config_type()
    assert form.train == replace(TrainConfig(), epochs=form.field("train", "epochs").value)


def test_more_settings_are_shown_on_click(form, qtbot):
    qtbot.mouseClick(form.findChild(QWidget, "more_settings"), Qt.MouseButton.LeftButton)
    assert form.findChild(QWidget, "train_weight_decay").isVisible()
    again = ConfigForm(ThemeSource("dark"))
    qtbot.addWidget(again)
    again.set_family("vae")
    again.show()
    assert again.findChild(QWidget, "train_weight_decay").isVisible(), "the choice is remembered"


def test_a_low_window_moves_learning_rate_and_seed_behind_more_settings(form):
    assert form.findChild(QWidget, "train_seed").isVisible()
    form.set_roomy(False)
    assert not form.findChild(QWidget, "train_seed").isVisible()
    form.show_field(form.field("train", "seed"))
    assert form.findChild(QWidget, "train_seed").isVisible()
    form.set_roomy(True)
    form.show_more(False)
    assert form.findChild(QWidget, "train_seed").isVisible()


def test_labels_of_a_narrow_form_are_never_cut_and_their_boxes_are_level(qtbot):
    form = ConfigForm(ThemeSource("dark"))
    qtbot.addWidget(form)
    form.set_family("vae")
    form.show_more(True)
    form.resize(200, 1200)
    form.show()
    labels = [label for label in form.findChildren(FieldLabel) if label.isVisible()]
    assert len(labels) > 15
    for label in labels:
        needed = label.fontMetrics().boundingRect(0, 0, label.width(), 999, Qt.TextFlag.TextWordWrap, label.text())
        assert needed.height() <= label.height() and needed.width() <= label.width(), label.text()
    editors = [form.field("model", name).editor for name in ("log_variance", "reconstruction_weight")]
    one, other = (editor.mapTo(form, editor.rect().topLeft()).y() for editor in editors)
    assert one == other


def test_switching_the_family_keeps_what_both_have(form, qtbot):
    type_into(qtbot, form.field("train", "epochs").editor, "7")
    type_into(qtbot, form.field("model", "latent_dim").editor, "5")
    type_into(qtbot, form.field("model", "beta").editor, "4")
    form.set_family("ae")
    with pytest.raises(KeyError):
        form.field("model", "beta")
    assert form.model == replace(catalog.family("ae").config_type(), latent_dim=5)
    assert form.train.epochs == 7
    form.set_family("vae")
    assert form.model == replace(catalog.family("vae").config_type(), latent_dim=5, beta=4.0)


def test_a_config_goes_in_and_comes_out(form):
    model = replace(catalog.family("vae").config_type(), hidden_widths=(8,), network="convolutional", beta=0.25)
    train = replace(TrainConfig(), learning_rate=3e-4, fraction=0.5)
    form.take(model, train)
    assert (form.model, form.train) == (model, train)


def test_errors_of_the_config_are_shown_at_their_fields(form, qtbot):
    type_into(qtbot, form.field("model", "hidden_widths").editor, ",".join(["8"] * 17))
    field = form.wrong_field()
    assert field is form.field("model", "hidden_widths")
    assert "16" in field.problem


def test_a_narrow_form_has_one_column(form, qtbot):
    latent, network = form.field("model", "latent_dim"), form.field("model", "network")
    qtbot.waitUntil(lambda: latent.y() == network.y())
    form.resize(110, 900)
    qtbot.waitUntil(lambda: latent.y() < network.y())


def test_an_open_card_stays_below_its_field(form, qtbot):
    latent, network, beta = (form.field("model", name) for name in ("latent_dim", "network", "beta"))
    following = form.field("train", "epochs")
    beta.findChild(WhyMark).click()
    (card,) = form.findChildren(WhyCard)

    def is_below(columns: int) -> bool:
        is_between = beta.geometry().bottom() < card.y() < following.y()
        return (latent.y() == network.y()) == (columns == 2) and card.isVisible() and is_between

    for width, columns in ((240, 2), (110, 1), (240, 2)):
        form.resize(width, 900)
        qtbot.waitUntil(lambda columns=columns: is_below(columns))
    cards_of(form, ThemeSource("dark")).close()
    form.resize(110, 900)
    assert not [one for one in form.findChildren(WhyCard) if one.isVisible()], "a closed card does not return"


def test_a_list_of_texts_keeps_commas_in_quotes(qtbot):
    described = {field.name: field for field in describe_fields(DataConfig)}["missing_marks"]
    field = build_field("data", described)
    qtbot.addWidget(field)
    qtbot.keyClicks(field.editor, '-9, "a, b", ')
    assert field.value == ("-9", "a, b") and field.editor.text() == '-9, "a, b", '
    field.set_value(("x,y", "z"))
    assert field.editor.text() == '"x,y", z'


def test_a_text_that_does_not_fit_its_pattern_is_explained(qtbot):
    described = {field.name: field for field in describe_fields(DataConfig)}["sample_shape"]
    field = build_field("data", described)
    qtbot.addWidget(field)
    field.editor.clear()
    qtbot.keyClicks(field.editor, "28x")
    assert field.problem == described.help and field.value == "auto"
    qtbot.keyClicks(field.editor, "28")
    assert field.problem == "" and field.value == "28x28"


@pytest.fixture
def dressed(qapp):
    """Yield the application at twice the text size, and reset it afterwards."""
    sheet, palette, font, style = qapp.styleSheet(), qapp.palette(), qapp.font(), qapp.style().objectName()
    themes = ThemeSource("light", 2.0)
    themes.apply_to(qapp)
    yield themes
    qapp.setStyleSheet(sheet)
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setFont(font)


def test_nothing_is_cut_in_a_narrow_column_at_twice_the_size(dressed, qtbot):
    form = ConfigForm(dressed)
    qtbot.addWidget(form)
    form.set_family("vae")
    form.resize(220, 900)
    form.show()
    qtbot.waitExposed(form)
    qtbot.waitUntil(lambda: form.minimumSizeHint().width() <= 220)


def test_no_choice_of_any_family_is_cut_in_the_column(dressed, qtbot):
    form = ConfigForm(dressed)
    qtbot.addWidget(form)
    form.resize(200, 1600)
    form.show()
    form.show_more(True)
    cut = set()
    dressed.set_scale(1.0)
    for family in catalog.families():
        form.set_family(family.name)
        for box in (box for box in form.findChildren(ChoiceBox) if box.isVisible()):
            for index in range(box.count()):
                box.setCurrentIndex(index)
                room = box.text_room().width()
                if box.fontMetrics().horizontalAdvance(box.text_for(room)) > room:
                    cut.add(f"{family.name} {box.objectName()}: {box.currentText()}")
            box.setCurrentIndex(0)
    assert cut == set()
