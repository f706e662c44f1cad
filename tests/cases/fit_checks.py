"""Finds what a window cuts off or hides: texts without room, widgets outside their parent or over each other.

1. `faults_in` visits every visible widget below a root.
2. `_cut_texts` compares the room that a widget asks for its text with the room that it got.
3. `_misplaced` finds widgets outside their parent, and siblings that overlap.
4. `_out_of_reach` finds contents of scroll areas that cannot be scrolled to, or only sideways, or in a tiny viewport.
5. `faults_of_menu` and `faults_of_combo` open a list and look for its last row, on the screen.

A fault on purpose is listed in `ALLOWED`, with the reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from PySide6.QtCore import QCoreApplication, QModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QScrollArea,
    QSizeGrip,
    QSplitterHandle,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QStyleOptionTab,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)
from superqt import QElidingLabel

from explorer.ui.widgets.boxes import ChoiceBox

SLACK = 1
"""Pixels of rounding between the room asked for and the room given."""
FOLDED = 12
"""Height at which pages below a row of tabs are folded away on purpose."""
MIN_LINES = 5
"""Lines of text that a scrolling viewport shows at least, but for a pixel of rounding."""
ALLOWED = {
    "data_path": "a path has any length; its tooltip is the whole",
    "log_path": "a path has any length; its tooltip is the whole",
    "text cut: selection_search": "a search has any length; its field scrolls",
    "tiny viewport: selection_scroll": "a low row shows a line of pictures; larger tabs show more of them",
    "cell cut: group_list": "names of groups and searches have any length; the tooltip has the whole",
    "text cut: selection_search_problem": "an error of a search has any length; the tooltip has the whole",
    "selection_summary": "names of classes have any length; the tooltip of the bar has the whole",
    "must be scrolled sideways: loss_words": "a wide table is scrolled sideways here; its own window has room",
    "text cut: notice_line": "a message is free text; a press opens the list with the whole, and the tooltip has it",
    "run_list/run_delegate.py": "a name has any length; the row's tooltip has it, and the details that give way",
    "run_name": "a name has any length; its field scrolls",
    "cell cut: role_table": "names and contents of columns have any length; the tooltip has the whole",
    "data_status": "the name of the data gives way in a narrow window; the pane's tooltip has it",
}
"""Object names that are not judged, or faults of one kind at an object name; each with the reason."""


@dataclass(frozen=True)
class Fault:
    """One text that is cut or one widget that is hidden; ``needed`` and ``given`` in pixels."""

    what: str
    where: str
    text: str = ""
    needed: int = 0
    given: int = 0

    def __str__(self) -> str:
        pixels = f", {self.needed} px needed, {self.given} given" if self.needed else ""
        return f"{self.what}: {self.where}{f' {self.text!r}' if self.text else ''}{pixels}"


def faults_in(root: QWidget) -> list[Fault]:
    """Return the faults of all visible widgets below a root, and of the root itself."""
    found: list[Fault] = []
    for widget in (root, *_shown_below(root)):
        if widget.objectName() not in ALLOWED:
            found += [*_cut_texts(widget), *_out_of_reach(widget)]
            if not isinstance(widget.parent(), QAbstractScrollArea):  # its parts are Qt's own
                found += _misplaced(widget)
    if isinstance(root, QDialog):
        found += _off_screen(root)
    return [fault for fault in found if f"{fault.what}: {fault.where}" not in ALLOWED]


def path_of(widget: QWidget) -> str:
    """Return the names of a widget and of the nearest named widget around it."""
    name, around = widget.objectName(), widget.parentWidget()
    while around is not None and not _is_named(around):
        around = around.parentWidget()
    own = name if _is_named(widget) else type(widget).__name__
    return own if around is None or _is_named(widget) else f"{own} in {around.objectName()}"


def _is_named(widget: QWidget) -> bool:
    return bool(widget.objectName()) and not widget.objectName().startswith("qt_")


def _shown_below(root: QWidget) -> list[QWidget]:
    found = [one for one in root.findChildren(QWidget) if one.isVisible() and one.window() is root.window()]
    folded = [one for one in found if isinstance(one, QStackedWidget) and one.height() <= FOLDED]
    return [one for one in found if not any(page is one or page.isAncestorOf(one) for page in folded)]


# Texts


def _cut_texts(widget: QWidget) -> Iterator[Fault]:
    match widget:
        case QElidingLabel():
            yield from _wider(widget, widget.text(), _advance(widget, widget.text()), widget.contentsRect().width())
        case QLabel():
            yield from _cut_label(widget)
        case QAbstractButton() if widget.text() or not widget.icon().isNull():
            alone = not widget.text() or (isinstance(widget, QToolButton) and _shows_icon_alone(widget))
            # The padding around an icon may shrink, not the icon itself.
            needed = widget.iconSize() if alone else widget.sizeHint()
            yield from _smaller(widget, widget.text(), needed, widget.size())
        case QTabBar():
            yield from _cut_tabs(widget)
        case QHeaderView():
            yield from _cut_sections(widget)
        case QComboBox():
            yield from _cut_choice(widget)
        case QLineEdit():
            text = widget.text() or widget.placeholderText()
            margins = widget.textMargins()
            room = _edit_room(widget) - margins.left() - margins.right()
            yield from _wider(widget, text, _advance(widget, text), room)
        case QAbstractItemView():
            yield from _cut_cells(widget)
        case QMenuBar():
            for action in widget.actions():
                if action.isVisible() and not widget.rect().contains(widget.actionGeometry(action)):
                    yield Fault("menu left out of the menu bar", path_of(widget), action.text())


def _shows_icon_alone(button: QToolButton) -> bool:
    return button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly and not button.icon().isNull()


def _cut_label(label: QLabel) -> Iterator[Fault]:
    text = _plain(label)
    if not text:
        return
    if not label.wordWrap():
        # By its class: a subclass may ask for less room than its text takes.
        yield from _smaller(label, text, QLabel.sizeHint(label), label.size())
        return
    room = label.contentsRect().width() - 2 * label.margin() - max(0, label.indent())
    words = re.split(r"\s+|(?<=-)", text)  # a line may break at a hyphen
    longest = max((_advance(label, word) for word in words), default=0)
    yield from _wider(label, max(words, key=len), longest, room)
    height = QLabel.heightForWidth(label, label.width())
    if height > label.height() + SLACK:
        yield Fault("text cut below", path_of(label), short(text), height, label.height())


def _cut_tabs(bar: QTabBar) -> Iterator[Fault]:
    if any(one.isVisible() for one in bar.findChildren(QToolButton)):
        yield Fault("tabs must be scrolled", path_of(bar), "", bar.sizeHint().width(), bar.width())
    for index in range(bar.count()):
        if not bar.isTabVisible(index):
            continue
        option = QStyleOptionTab()
        bar.initStyleOption(option, index)
        room = bar.style().subElementRect(QStyle.SubElement.SE_TabBarTabText, option, bar).width()
        font = bar.font()
        font.setBold(index == bar.currentIndex())  # as in the style sheet
        needed = QFontMetrics(font).size(Qt.TextFlag.TextShowMnemonic, bar.tabText(index)).width()
        yield from _wider(bar, bar.tabText(index), needed, room, "tab cut")
        place = bar.tabRect(index)
        if place.left() < -SLACK or place.right() > bar.width() + SLACK:
            yield Fault("tab out of the bar", path_of(bar), bar.tabText(index), place.right(), bar.width())


def _cut_sections(header: QHeaderView) -> Iterator[Fault]:
    model, across = header.model(), header.orientation() == Qt.Orientation.Horizontal
    for section in range(header.count()):
        if header.isSectionHidden(section):
            continue
        text = str(model.headerData(section, header.orientation()) or "")
        needed, given = header.sectionSizeHint(section), header.sectionSize(section)
        if text and needed > given + SLACK:
            yield Fault("head cut" if across else "head of a row cut", path_of(header), short(text), needed, given)


def _cut_choice(combo: QComboBox) -> Iterator[Fault]:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    control = QStyle.ComplexControl.CC_ComboBox
    room = combo.style().subControlRect(control, option, QStyle.SubControl.SC_ComboBoxEditField, combo)
    if isinstance(combo, ChoiceBox):
        # The program's own boxes paint up to the arrow, and have short texts for entries that are too wide.
        given = combo.text_room().width()
        text = combo.text_for(given)
    else:
        given, text = room.width(), combo.currentText() if combo.currentIndex() >= 0 else combo.placeholderText()
    yield from _wider(combo, text, _advance(combo, text), given)


def _cut_cells(view: QAbstractItemView) -> Iterator[Fault]:
    model, wraps = view.model(), bool(getattr(view, "wordWrap", lambda: False)())
    if model is None:
        return
    columns = 1 if isinstance(view, QListView) else model.columnCount(QModelIndex())
    for row in range(model.rowCount(QModelIndex())):
        for column in range(columns):
            index = model.index(row, column)
            place, text = view.visualRect(index), str(index.data() or "")
            if not text or place.isEmpty() or getattr(view, "columnSpan", lambda *_: 1)(row, column) > 1:
                continue
            needed = view.sizeHintForIndex(index)
            if not wraps and needed.width() > place.width() + SLACK:
                yield Fault("cell cut", path_of(view), short(text), needed.width(), place.width())
            if needed.height() > place.height() + SLACK:
                yield Fault("cell cut below", path_of(view), short(text), needed.height(), place.height())


def _wider(widget: QWidget, text: str, needed: int, given: int, what: str = "text cut") -> Iterator[Fault]:
    if text and needed > given + SLACK:
        yield Fault(what, path_of(_spin_box_of(widget)), short(text), needed, given)


def _smaller(widget: QWidget, text: str, needed: QSize, given: QSize) -> Iterator[Fault]:
    yield from _wider(widget, text or "(icon)", needed.width(), given.width())
    if needed.height() > given.height() + 2 * SLACK:
        yield Fault("text cut below", path_of(widget), short(text), needed.height(), given.height())


def _spin_box_of(widget: QWidget) -> QWidget:
    return widget.parentWidget() if isinstance(widget.parent(), QAbstractSpinBox) else widget  # type: ignore[return-value]


def _edit_room(edit: QLineEdit) -> int:
    """Return the width for the text of a line edit, without the margin of two pixels that Qt keeps on each side."""
    option = QStyleOptionFrame()
    edit.initStyleOption(option)
    room = edit.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, edit).width()
    return room - 4


def _advance(widget: QWidget, text: str) -> int:
    return max((widget.fontMetrics().horizontalAdvance(line) for line in text.split("\n")), default=0)


def _plain(label: QLabel) -> str:
    """Return the text of a label without markup."""
    text = label.text()
    if label.textFormat() == Qt.TextFormat.PlainText or not Qt.mightBeRichText(text):
        return text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


def short(text: str) -> str:
    """Return the beginning of a text, for a message."""
    return text if len(text) <= 60 else f"{text[:59]}…"


# Places


def _misplaced(parent: QWidget) -> Iterator[Fault]:
    if isinstance(parent, (QAbstractItemView, QTextEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox, QTabBar)):
        return  # their parts are Qt's own
    inside = [
        child
        for child in parent.children()
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow() and not _is_drawn_over(child)
    ]
    for child in inside:
        around = parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK)
        if not around.contains(child.geometry()):
            over = _beyond(child.geometry(), parent.rect())
            yield Fault(f"sticks out of {path_of(parent)} by {over} px", path_of(child), _text_of(child))
    for one, other in combinations(inside, 2):
        both = one.geometry().intersected(other.geometry())
        if both.width() > SLACK and both.height() > SLACK:
            yield Fault(f"covers {path_of(other)} by {both.width()} × {both.height()} px", path_of(one), _text_of(one))


def _is_drawn_over(widget: QWidget) -> bool:
    """Return whether a widget lies over others on purpose: handles between panels, and what ignores the mouse."""
    return isinstance(widget, (QSplitterHandle, QSizeGrip)) or widget.testAttribute(
        Qt.WidgetAttribute.WA_TransparentForMouseEvents
    )


def _beyond(inner: QRect, outer: QRect) -> int:
    return max(
        outer.left() - inner.left(),
        inner.right() - outer.right(),
        outer.top() - inner.top(),
        inner.bottom() - outer.bottom(),
    )


def _text_of(widget: QWidget) -> str:
    text = getattr(widget, "text", None)
    return short(str(text())) if callable(text) else ""


def _off_screen(dialog: QWidget) -> Iterator[Fault]:
    screen = dialog.screen().availableGeometry()
    if dialog.width() > screen.width() or dialog.height() > screen.height():
        size = f"{dialog.width()} × {dialog.height()} px on a screen of {screen.width()} × {screen.height()}"
        yield Fault("larger than the screen", path_of(dialog), size)


def _out_of_reach(area: QWidget) -> Iterator[Fault]:
    if not isinstance(area, QAbstractScrollArea) or not area.isVisible():
        return
    for bar, policy, size, name in (
        (area.horizontalScrollBar(), area.horizontalScrollBarPolicy(), area.viewport().width(), "sideways"),
        (area.verticalScrollBar(), area.verticalScrollBarPolicy(), area.viewport().height(), "down"),
    ):
        hidden = bar.maximum() - bar.minimum()
        if isinstance(area, QScrollArea) and area.widget() is not None:
            inner = area.widget().size()
            hidden = max(hidden, (inner.width() if name == "sideways" else inner.height()) - size)
        if hidden <= SLACK or _is_plot(area):
            continue
        if policy == Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            yield Fault(f"cannot be scrolled {name}", path_of(area), "", size + hidden, size)
        elif name == "sideways":
            yield Fault("must be scrolled sideways", path_of(area), "", size + hidden, size)
        elif size + SLACK < MIN_LINES * area.fontMetrics().lineSpacing():
            yield Fault("tiny viewport", path_of(area), "", MIN_LINES * area.fontMetrics().lineSpacing(), size)


def _is_plot(area: QAbstractScrollArea) -> bool:
    """Return whether the area is a plot, whose scroll bars have no meaning."""
    return type(area).__mro__[1].__name__ in ("GraphicsView", "QGraphicsView") or "Graphics" in str(type(area).__mro__)


# Lists that open


def faults_of_combo(combo: QComboBox) -> list[Fault]:
    """Open a drop-down and return what its list does not show."""
    combo.showPopup()
    QCoreApplication.processEvents()
    view = combo.view()
    found = []
    rows = sum(view.sizeHintForRow(row) for row in range(combo.count()))
    height = combo.screen().availableGeometry().height()
    frame = view.window().height() - view.viewport().height()
    # A list taller than the screen is scrolled.
    if rows > view.viewport().height() and rows + frame <= height:
        found.append(
            Fault("last rows hidden", path_of(combo), combo.itemText(combo.count() - 1), rows, view.viewport().height())
        )
    if view.sizeHintForColumn(0) > view.viewport().width() + SLACK:
        widest = max(range(combo.count()), key=lambda row: len(combo.itemText(row)))
        found.append(
            Fault(
                "entry cut", path_of(combo), combo.itemText(widest), view.sizeHintForColumn(0), view.viewport().width()
            )
        )
    if not combo.screen().availableGeometry().contains(view.window().frameGeometry()):
        found.append(Fault("list partly off the screen", path_of(combo), str(view.window().frameGeometry().getRect())))
    combo.hidePopup()
    QCoreApplication.processEvents()
    return found


def faults_of_menu(menu: QMenu, at: QPoint) -> list[Fault]:
    """Open a menu and its submenus, and return the entries that are not on the screen."""
    menu.popup(at)
    QCoreApplication.processEvents()
    found = []
    shown = [action for action in menu.actions() if action.isVisible()]
    name = menu.objectName() or menu.title() or path_of(menu)
    if shown and not menu.rect().contains(menu.actionGeometry(shown[-1])):
        found.append(Fault("last entry hidden", f"menu {name}", shown[-1].text()))
    if not menu.screen().availableGeometry().contains(menu.frameGeometry()):
        found.append(Fault("menu partly off the screen", f"menu {name}", str(menu.frameGeometry().getRect())))
    for action in shown:
        inner = action.menu()
        if isinstance(inner, QMenu) and action.isEnabled():
            found += faults_of_menu(inner, menu.mapToGlobal(menu.actionGeometry(action).topRight()))
    menu.close()
    QCoreApplication.processEvents()
    return found
