import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from explorer.ui.widgets.saving import ask_path, save_widget, widgets_as_bytes

KINDS = {"png": "PNG picture", "svg": "SVG drawing"}


@pytest.fixture
def label(qtbot: QtBot) -> QLabel:
    label = QLabel("loss 144.0")
    label.resize(120, 30)
    label.setStyleSheet("background: #204060; color: #ffffff")
    qtbot.addWidget(label)
    return label


def test_png_is_twice_the_size_and_shows_the_widget(label: QLabel, tmp_path: Path) -> None:
    save_widget(label, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (240, 60)
        assert picture.convert("RGB").getpixel((2, 2)) == (0x20, 0x40, 0x60)
        assert len(picture.convert("RGB").getcolors(10_000) or []) > 3  # its words too


def test_svg_is_xml_with_the_words(label: QLabel, tmp_path: Path) -> None:
    save_widget(label, tmp_path / "a.svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag.endswith("svg")
    assert root.attrib["viewBox"].split() == ["0", "0", "120", "30"]
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert any("144.0" in text for text in texts)


def test_pdf_is_one_page_of_the_size_of_the_widget(label: QLabel, tmp_path: Path) -> None:
    save_widget(label, tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", data)
    assert data.startswith(b"%PDF-") and box is not None
    # 120 × 30 pixels at 96 dpi, in whole points.
    assert (float(box[1]), float(box[2])) == pytest.approx((90, 22.5), abs=0.5)


def test_widgets_stand_one_below_the_other(label: QLabel) -> None:
    data = widgets_as_bytes([label, label], ".PNG", margin=5, ground="#00ff00")
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (260, 140)


def test_other_endings_are_refused(label: QLabel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf"):
        save_widget(label, tmp_path / "a.bmp")
    assert not list(tmp_path.iterdir())


def test_folder_that_is_not_there_is_an_os_error(label: QLabel, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        save_widget(label, tmp_path / "nowhere" / "a.png")


class Answering:
    """Answers the file dialog when it opens."""

    def __init__(self, name: str | None, kind: str = "") -> None:
        self.name, self.kind, self.filters = name, kind, list[str]()
        QTimer.singleShot(0, self.answer)

    def answer(self) -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        self.filters = dialog.nameFilters()
        if self.name is None:
            dialog.reject()
            return
        if self.kind:
            dialog.selectNameFilter(self.kind)
            dialog.filterSelected.emit(self.kind)
        dialog.selectFile(self.name)
        dialog.accept()


def test_path_ends_in_the_chosen_kind(label: QLabel, tmp_path: Path) -> None:
    suggestion = str(tmp_path / "curves.png")
    asked = Answering(str(tmp_path / "mine"))
    assert ask_path(label, "Save", suggestion, KINDS) == tmp_path / "mine.png"
    assert asked.filters == ["PNG picture (*.png)", "SVG drawing (*.svg)"]
    Answering(str(tmp_path / "mine"), "SVG drawing (*.svg)")
    assert ask_path(label, "Save", suggestion, KINDS) == tmp_path / "mine.svg"
    Answering(str(tmp_path / "other.svg"))
    assert ask_path(label, "Save", suggestion, KINDS) == tmp_path / "other.svg"


def test_no_path_where_the_user_cancels(label: QLabel, tmp_path: Path) -> None:
    Answering(None)
    assert ask_path(label, "Save", str(tmp_path / "curves.png"), KINDS) is None


def test_the_next_picture_is_saved_in_the_folder_of_the_last_one(label: QLabel, tmp_path: Path) -> None:
    Answering(str(tmp_path / "first.png"))
    assert ask_path(label, "Save", "first.png", KINDS) == tmp_path / "first.png"
    Answering("second")
    assert ask_path(label, "Save", "second.png", KINDS) == tmp_path / "second.png"
