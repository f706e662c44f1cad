import re
from collections import Counter
from itertools import product

import pytest
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QPushButton, QWidget

from explorer.assets import AssetError, asset, shipped_runs
from explorer.ui.theme.icons import app_icon, icon, icon_file
from explorer.ui.theme.theme import DARK, LIGHT, ThemeSource, contrast, qt_palette, style_sheet

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
ICONS = sorted(path.stem for path in asset("icons").glob("*.svg") if path.stem != "app")
NEEDED = [
    "probe",
    "pan",
    "select",
    "path",
    "fit",
    "undo",
    "redo",
    "play",
    "pause",
    "stop",
    "step",
    "random",
    "overlays",
    "compare",
    "copy",
    "folder",
    "save",
    "plus",
    "close",
    "check",
    "chevron-down",
    "chevron-up",
    "chevron-right",
    "enlarge",
    "settings",
    "eye",
    "info",
    "warning",
]


@pytest.fixture
def dressed(qapp):
    """Yield the application, and reset its style afterwards."""
    sheet, palette, font, style = qapp.styleSheet(), qapp.palette(), qapp.font(), qapp.style().objectName()
    yield qapp
    qapp.setStyleSheet(sheet)
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setFont(font)


def test_contrast_is_wcags():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#5b9dff", "#5b9dff") == 1


@THEMES
def test_words_can_be_read_everywhere(theme):
    grounds = (theme.ground, theme.panel, theme.raised, theme.plane)
    words = (theme.text, theme.muted, theme.danger, theme.warning, theme.good)
    assert min(contrast(word, ground) for word, ground in product(words, grounds)) >= 4.5
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    assert contrast(theme.text, theme.hover) >= 4.5
    assert contrast(theme.text, theme.accent_quiet) >= 4.5


@THEMES
def test_marks_stand_out(theme):
    grounds = (theme.ground, theme.panel, theme.raised, theme.plane)
    assert min(contrast(mark, ground) for mark, ground in product((theme.accent, theme.edge), grounds)) >= 3
    assert contrast(theme.probe, theme.halo) > 15


@THEMES
@pytest.mark.parametrize("scale", [0.8, 1.0, 2.5])
def test_the_sheet_is_accepted_and_its_pictures_exist(theme, scale, dressed, capfd):
    sheet = style_sheet(theme, scale)
    assert "$" not in sheet
    pictures = re.findall(r"url\(([^)]+)\)", sheet)
    assert pictures
    assert all(not QIcon(path).pixmap(16, 16).isNull() for path in pictures)
    dressed.setStyleSheet(sheet)
    QPushButton("a").ensurePolished()
    assert "parse" not in capfd.readouterr().err.lower()


def test_a_scale_makes_text_larger(dressed, qtbot):
    source = ThemeSource("dark")
    source.apply_to(dressed)
    box = QComboBox()
    qtbot.addWidget(box)
    box.ensurePolished()
    assert QFontInfo(box.font()).pixelSize() == 13
    source.set_scale(2.0)
    box.ensurePolished()
    assert QFontInfo(box.font()).pixelSize() == 26


class StyleChanges(QObject):
    """Counts the style changes of each widget that it filters, by name."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.StyleChange:
            self.counts[watched.objectName()] += 1
        return False


def test_a_step_polishes_nested_widgets_once(dressed, qtbot):
    source = ThemeSource("dark")
    source.apply_to(dressed)
    outer = QWidget()
    qtbot.addWidget(outer)
    inner, changes = outer, StyleChanges()
    for depth in range(8):
        inner = QFrame(inner)
        inner.setObjectName(f"frame-{depth}")
    label, heading = QLabel("x", inner), QLabel("x", inner)
    label.setProperty("role", "error")
    heading.setProperty("role", "title")
    heading.setStyleSheet("color: #123456;")
    outer.show()
    for child in outer.findChildren(QFrame):
        child.installEventFilter(changes)
    source.set_scale(2.0)
    frames = {name: count for name, count in changes.counts.items() if name}
    assert frames == {f"frame-{depth}": 1 for depth in range(8)}
    assert [QFontInfo(one.font()).pixelSize() for one in (label, heading)] == [26, 28]
    source.set_mode("light")
    assert [count for name, count in changes.counts.items() if name] == 8 * [2]
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(LIGHT.danger)
    assert heading.palette().color(QPalette.ColorRole.WindowText) == QColor("#123456")


def test_a_step_reaches_windows_that_are_hidden_or_not_polished_yet(dressed, qtbot):
    source = ThemeSource("dark")
    source.apply_to(dressed)
    windows = [QLabel("closed"), QLabel("never shown")]
    for window in windows:
        qtbot.addWidget(window)
        window.setProperty("role", "error")
    windows[0].show()
    windows[0].close()
    source.set_scale(1.5)
    source.set_mode("light")
    for window in windows:
        window.show()
        assert QFontInfo(window.font()).pixelSize() == 20
        assert window.palette().color(QPalette.ColorRole.WindowText) == QColor(LIGHT.danger)


def test_icons_are_kept_and_given_as_copies(qapp):
    one, other = icon("probe", DARK), icon("probe", DARK)
    assert one.cacheKey() == other.cacheKey() != icon("probe", LIGHT).cacheKey()
    one.addFile(str(icon_file("pan", DARK.text)))
    assert one.cacheKey() != icon("probe", DARK).cacheKey() == other.cacheKey()


def test_forced_themes_and_their_news(qtbot, dressed):
    source = ThemeSource("light")
    source.apply_to(dressed)
    assert source.theme == LIGHT
    with qtbot.waitSignal(source.changed):
        source.set_mode("dark")
    assert (source.theme, source.mode) == (DARK, "dark")
    assert dressed.palette().color(QPalette.ColorRole.Window) == QColor(DARK.ground)
    with qtbot.assertNotEmitted(source.changed):
        source.set_mode("dark")
    with pytest.raises(ValueError, match="system, dark, light"):
        source.set_mode("pink")


class Hints:
    """Stands in for the desktop, which the offscreen platform does not have."""

    def __init__(self, scheme):
        self.scheme = scheme

    def colorScheme(self):
        return self.scheme


@pytest.mark.parametrize(("scheme", "theme"), [(Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Light, LIGHT)])
def test_it_follows_the_system(scheme, theme, qtbot, qapp):
    start = "light" if theme is DARK else "dark"
    source = ThemeSource(start)
    source._hints = Hints(scheme)
    with qtbot.assertNotEmitted(source.changed):
        source._follow()
    source.set_mode("system")
    assert source.theme == theme
    source._hints.scheme = Qt.ColorScheme.Light if theme is DARK else Qt.ColorScheme.Dark
    with qtbot.waitSignal(source.changed):
        source._follow()
    assert source.theme == (LIGHT if theme is DARK else DARK)


def test_an_unknown_system_theme_is_taken_from_its_palette(dressed):
    assert dressed.styleHints().colorScheme() == Qt.ColorScheme.Unknown
    for theme in (DARK, LIGHT):
        dressed.setPalette(qt_palette(theme))
        source = ThemeSource("system")
        dressed.setPalette(qt_palette(DARK))
        assert source.theme == theme
        source.set_mode("light")
        source.set_mode("system")
        assert source.theme == theme


def test_text_grows_and_shrinks_in_steps(qtbot, qapp):
    source = ThemeSource("dark")
    source.larger()
    assert source.scale == 1.15
    source.smaller()
    source.smaller()
    assert source.scale == 0.9
    source.reset_scale()
    assert source.scale == 1.0
    for _ in range(20):
        source.larger()
    assert source.scale == 2.5
    source.set_scale(0.01)
    assert source.scale == 0.8
    with qtbot.assertNotEmitted(source.changed):
        source.smaller()


@pytest.mark.parametrize("name", ICONS)
def test_icons_are_drawn_in_the_given_colour(name, qapp):
    for theme in (DARK, LIGHT):
        image = icon(name, theme).pixmap(QSize(24, 24), 2.0).toImage()
        assert (image.width(), image.height()) == (48, 48)
        inked = [image.pixelColor(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255]
        assert len(inked) > 20
        wanted = QColor(theme.text)
        assert all(
            max(abs(c.red() - wanted.red()), abs(c.green() - wanted.green()), abs(c.blue() - wanted.blue())) <= 4
            for c in inked
        )


def test_the_icons_of_the_window_are_there():
    assert set(NEEDED) <= set(ICONS)


def test_icons_of_checked_and_disabled_buttons_differ(qapp):
    pictures = {
        icon("probe", DARK).pixmap(QSize(24, 24), 1.0, mode, state).toImage().pixelColor(12, 3).name()
        for mode, state in (
            (QIcon.Mode.Normal, QIcon.State.Off),
            (QIcon.Mode.Normal, QIcon.State.On),
            (QIcon.Mode.Disabled, QIcon.State.Off),
        )
    }
    assert len(pictures) == 3


def test_the_app_icon_is_sharp(qapp):
    assert app_icon().pixmap(256, 256).toImage().pixelColor(128, 20) == QColor("#1b1e24")


def test_a_missing_icon_is_named(qapp):
    with pytest.raises(AssetError, match=r"no-such-icon\.svg"):
        icon_file("no-such-icon", "#ffffff")


def test_assets_are_found():
    assert asset("icons", "fit.svg").is_file()
    assert all((run / "run.json").is_file() for run in shipped_runs())
