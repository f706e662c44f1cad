"""The Qt style sheet of the application, built from a theme and a text scale.

Widgets are styled by dynamic properties: ``panel="true"`` or ``"raised"`` and ``rule="true"`` on a frame;
``kind="primary"``, ``"quiet"``, ``"link"`` or ``"danger"`` on a push button; ``role="title"``, ``"head"``, ``"small"``,
``"muted"``, ``"figure"``, ``"error"``, ``"warning"`` or ``"good"`` on a label; ``invalid="true"`` on a field whose
text does not fit; ``kind="cell"`` on a field in a table, with ``tone="truth"`` or ``"belief"`` for its colour.
"""

from string import Template
from typing import Final

from explorer.rendering.palette import INFORMATION_COLOURS
from explorer.rendering.theme import Theme
from explorer.ui.theme.icons import icon_file

TEXT_PIXELS: Final = 13
"""Size of normal text at scale 1."""
GAP: Final = 8
"""Pixels between panels, at any scale."""

# combobox-popup: 0 opens the list below its combo box. Fusion would open it over the box, with a height that depends
# on the box's padding, which changes with the focus, so that the last entry would be hidden. Qt ignores the left
# padding of a spin box whose buttons are styled: see boxes.py. Focused fields have a border of 2 pixels and a
# padding smaller by 1, so that their text does not move. Buttons and fields get both a background and a border: with
# only one of them Qt draws the native control.


def style_sheet(theme: Theme, scale: float = 1.0) -> str:
    """Return the style sheet of the application.

    Parameters
    ----------
    theme
        Its colours are the ``$name`` placeholders of the template.
    scale
        Factor on all text, paddings and marks.
    """
    # All attributes of a theme but its name are colours, and are available in the template under their names.
    colours = {name: value for name, value in vars(theme).items() if name != "name"}
    # $px1 to $px32: Qt style sheets have no variables and no arithmetic. At least one pixel, or lines vanish at small
    # scales.
    sizes = {f"px{size}": f"{max(1, round(size * scale))}px" for size in range(1, 33)}
    knob, groove = round(12 * scale), max(1, round(4 * scale))
    # A circle needs a radius of exactly half the side including the border: Qt ignores a larger one.
    sizes |= {"round": f"{(knob + 2) // 2}px", "overhang": f"{-((knob + 2 - groove) // 2)}px"}
    images = {
        "chevron_down": icon_file("chevron-down", theme.muted),
        "chevron_up": icon_file("chevron-up", theme.muted),
        "chevron_right": icon_file("chevron-right", theme.muted),
        "chevron_down_off": icon_file("chevron-down", theme.line),
        "chevron_up_off": icon_file("chevron-up", theme.line),
        "check": icon_file("check", theme.accent_text),
        "close": icon_file("close", theme.muted),
    }
    pair = INFORMATION_COLOURS[theme.dark]
    return _SHEET.substitute(
        colours,
        truth=pair["truth"],
        belief=pair["belief"],
        **sizes,
        **{name: path.as_posix() for name, path in images.items()},
    )


_SHEET: Final = Template("""
* { outline: none; }
QMainWindow, QDialog, QMessageBox { background: $ground; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }

QFrame[panel="true"] { background: $panel; border: none; border-radius: $px8; }
QFrame[panel="raised"] { background: $raised; border: none; border-radius: $px8; }
QFrame[rule="upright"] { background: $line; border: none; min-width: 1px; max-width: 1px; max-height: $px22; }
QFrame[rule="true"] { background: $line; border: none; max-height: 1px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: $px14; font-weight: 600; }
QLabel[role="head"] { font-size: $px13; font-weight: 600; }
QLabel[role="small"] { font-size: $px12; }
QLabel[role="muted"] { font-size: $px12; color: $muted; }
QLabel[role="figure"] { font-size: $px12; color: $muted; }
QLabel[role="error"] { color: $danger; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="good"] { color: $good; }

QPushButton { background: $raised; border: 1px solid $raised; border-radius: $px6; padding: $px5 $px12; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $accent_quiet; border-color: $accent; }
QPushButton:focus { border: $px2 solid $accent; padding: $px4 $px11; }
QPushButton:disabled { color: $edge; background: $panel; }
QPushButton[kind="primary"] { background: $accent; border-color: $accent; color: $accent_text; font-weight: 600; }
QPushButton[kind="primary"]:focus { border: $px2 solid $text; }
QPushButton[kind="primary"]:disabled { background: $raised; border-color: $line; color: $edge; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; }
QPushButton[kind="quiet"]:hover { background: $raised; }
QPushButton[kind="quiet"]:focus { border-color: $accent; }
QPushButton[kind="link"] { background: transparent; border-color: transparent; color: $accent_ink; padding: $px2; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; }
QPushButton[kind="danger"] { color: $danger; }
QPushButton { icon-size: $px16; }
QPushButton::menu-indicator { image: none; width: 0; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: $px6; padding: $px5 $px8; }
QToolButton { qproperty-iconSize: $px18 $px18; }
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $hover; }
QToolButton:checked { background: $accent_quiet; color: $accent_ink; font-weight: 600; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $edge; }
QToolButton[popupMode="2"] { padding-right: $px20; }
QToolButton[popupMode="1"] { padding-right: $px20; }
QToolButton::menu-button { border: none; width: $px16; border-radius: $px6; }
QToolButton::menu-button:hover { background: $hover; }
QToolButton::menu-arrow { image: url($chevron_down); width: $px12; height: $px12; }
QLineEdit QToolButton { padding: 0; qproperty-iconSize: 16px 16px; }
QToolButton[kind="inline"] { padding: 0; border-radius: $px4; qproperty-iconSize: $px14 $px14; }
#toolbar QToolButton { padding: $px5 $px6; }
#toolbar QToolButton[popupMode="1"], #toolbar QToolButton[popupMode="2"] { padding-right: $px20; }
QToolButton::menu-indicator { image: url($chevron_down); width: $px12; height: $px12;
  subcontrol-origin: padding; subcontrol-position: right center; right: $px5; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
  background: $raised; border: 1px solid $raised; border-radius: $px6; padding: $px4 $px8; min-height: $px18; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $edge; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
  border: $px2 solid $accent; padding: $px3 $px7; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { background: $panel; color: $edge; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border: $px2 solid $danger; padding: $px3 $px7; }

QLineEdit[kind="cell"] { background: transparent; border-color: transparent; padding: $px1 $px3; min-height: 0; }
QLineEdit[kind="cell"]:hover { border-color: $edge; }
QLineEdit[kind="cell"]:focus { border: $px2 solid $accent; padding: 0 $px2; }
QLineEdit[kind="cell"][invalid="true"] { border: $px2 solid $danger; padding: 0 $px2; }
QLineEdit[tone="truth"] { color: $truth; }
QLineEdit[tone="belief"] { color: $belief; }

QComboBox { padding-right: $px24; combobox-popup: 0; qproperty-maxVisibleItems: 30; }
QComboBox:focus { padding-right: $px23; }
QComboBox::drop-down { subcontrol-origin: border; subcontrol-position: center right; width: $px26; border: none; }
QComboBox::down-arrow { image: url($chevron_down); width: $px14; height: $px14; }
QComboBox::down-arrow:disabled { image: url($chevron_down_off); }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; border-radius: $px6; padding: $px4; }
QComboBox QAbstractItemView::item { min-height: $px24; padding: 0 $px6; border-radius: $px4; }
QComboBox QAbstractItemView::item:selected { background: $accent; color: $accent_text; }

QAbstractSpinBox QLineEdit { background: transparent; border: none; padding: 0; min-height: 0; }
QAbstractSpinBox { padding: $px3 $px20 $px2 $px8; }
QAbstractSpinBox:focus { padding: $px2 $px19 $px1 $px7; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  subcontrol-origin: border; width: $px20; border: none; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin-top: $px2; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin-bottom: $px2; }
QAbstractSpinBox::up-arrow { image: url($chevron_up); width: $px10; height: $px10; }
QAbstractSpinBox::down-arrow { image: url($chevron_down); width: $px10; height: $px10; }
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off { image: url($chevron_up_off); }
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off { image: url($chevron_down_off); }

QSlider { background: transparent; border: $px2 solid transparent; border-radius: $px6; }
QSlider:focus { border-color: $accent; }
QSlider:horizontal { min-height: $px20; }
QSlider:vertical { min-width: $px20; }
QSlider::groove:horizontal { height: $px4; background: $hover; border-radius: $px2; }
QSlider::groove:vertical { width: $px4; background: $hover; border-radius: $px2; }
QSlider::sub-page:horizontal, QSlider::add-page:vertical { background: $accent; border-radius: $px2; }
QSlider::sub-page:disabled, QSlider::add-page:disabled { background: $line; }
QSlider::handle { background: $knob; border: 1px solid $panel; width: $px12; height: $px12; border-radius: $round; }
QSlider::handle:horizontal { margin: $overhang 0; }
QSlider::handle:vertical { margin: 0 $overhang; }
QSlider::handle:hover { border: $px2 solid $accent; }
QSlider::handle:disabled { background: $edge; }

QProgressBar { background: $hover; border: none; border-radius: $px2; min-height: $px4; max-height: $px4; }
QProgressBar::chunk { background: $accent; border-radius: $px2; }

QListView#completions { background: $raised; color: $text; border: 1px solid $edge; padding: 0; }
QListView#completions::item { min-height: $px20; padding: 0 $px4; border-radius: $px4; }
QAbstractItemView { background: transparent; border: none; alternate-background-color: $raised; }
QListWidget:focus, KeyedList:focus, QTableView:focus, QTreeView:focus {
  border: 1px solid $accent; border-radius: $px6; }
QListWidget::item, KeyedList::item { padding: $px4 $px6; border-radius: $px4; }
QListWidget::item:hover, KeyedList::item:hover, QTreeView::item:hover { background: $raised; }
QAbstractItemView::item:selected { background: $accent_quiet; color: $text; }
QTableView { gridline-color: $line; }
QTableView::item { padding: $px2 $px6; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; border: none; border-bottom: 1px solid $line; color: $muted;
  font-size: $px12; font-weight: 600; padding: $px4 $px6; }
QTableCornerButton::section { background: transparent; border: none; }

QMenuBar { background: $ground; spacing: 0; }
QMenuBar::item { background: transparent; padding: $px4 $px8; border-radius: $px4; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $raised; border: 1px solid $line; padding: $px4; }
QMenu::item { padding: $px5 $px24 $px5 $px26; border-radius: $px4; }
QMenu::item:selected { background: $accent_quiet; }
QMenu::item:disabled { color: $edge; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: $px4 $px6; }
QMenu { icon-size: $px16; }
QMenu::icon { left: $px6; }
QMenu::indicator { width: $px14; height: $px14; left: $px6; }
QMenu::right-arrow { image: url($chevron_right); width: $px12; height: $px12; }

QCheckBox, QRadioButton { background: transparent; spacing: $px7; padding: $px2; border: 1px solid transparent;
  border-radius: $px4; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox::indicator, QMenu::indicator:non-exclusive, QAbstractItemView::indicator {
  width: $px14; height: $px14; border: 1px solid $edge; border-radius: $px4; background: $raised; }
QRadioButton::indicator, QMenu::indicator:exclusive {
  width: $px12; height: $px12; border: 1px solid $edge; border-radius: $round; background: $raised; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QMenu::indicator:non-exclusive:checked, QAbstractItemView::indicator:checked {
  background: $accent; border-color: $accent; image: url($check); }
QRadioButton::indicator:checked, QMenu::indicator:exclusive:checked {
  background: $accent; border-color: $accent; image: url($check); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; background: $panel; }

QTabWidget::pane { border: none; }
QTabBar { background: transparent; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; border: 1px solid transparent; border-radius: $px6;
  padding: $px4 $px10; margin-right: $px2; }
QTabBar::tab:hover { background: $raised; }
QTabBar::tab:selected { background: $accent_quiet; color: $accent_ink; font-weight: 600; }
QTabBar::tab:focus { border-color: $accent; }

QGroupBox { border: none; margin-top: $px18; }
QGroupBox::title { subcontrol-origin: margin; color: $muted; font-weight: 600; }
QScrollArea { background: transparent; border: none; }
QScrollArea:focus { border: 1px solid $accent; border-radius: $px6; }
QScrollArea > QWidget > QWidget { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: $px10; margin: 0; }
QScrollBar:horizontal { height: $px10; margin: 0; }
QScrollBar::handle { background: $edge; border: $px3 solid $panel; border-radius: $px5; }
QScrollBar::handle:vertical { min-height: $px28; }
QScrollBar::handle:horizontal { min-width: $px28; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $hover; border-radius: $px4; }

#status_line QToolButton { padding: $px2 $px6; }
#status_line QToolButton[popupMode="2"] { padding-right: $px18; }
#status_line QToolButton[shows="epoch"] { background: $accent_quiet; color: $accent_ink; font-weight: 600; }
#status_line QPushButton[kind="link"] { padding: $px1 $px4; }
#status_line QComboBox { background: transparent; border: 1px solid transparent; padding: $px1 $px2 $px1 $px4;
  min-height: $px16; font-weight: 600; }
#status_line QComboBox:hover { background: $raised; }
#status_line QComboBox:focus { border-color: $accent; }
#status_line QComboBox::drop-down { width: $px18; }
#notice_list, #legend_popup { border: 1px solid $line; }

QToolBar { background: $ground; border: none; spacing: $px4; padding: $px2; }
QToolBar::separator { background: $line; width: 1px; margin: $px5 $px6; }
QStatusBar { background: $ground; color: $muted; }
QStatusBar::item { border: none; }
QToolTip { background: $raised; color: $text; border: 1px solid $edge; padding: $px4 $px6; }
""")
