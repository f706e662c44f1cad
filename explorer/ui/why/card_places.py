"""Where cards open: below a widget of a column, beside one of a row, between rows that a widget paints, in a menu."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStyle, QWidget, QWidgetAction

from explorer.glossary import glossary
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import CardPlace, WhyMark
from explorer.ui.widgets.menus import StayingMenu

MAX_SHARE = 0.7
"""Maximum share of a row for a card in it, so that what it is about stays in view."""


def below(widget: QWidget) -> CardPlace:
    """Return the place below a widget, in the column of its parent that has it."""

    def put(card: WhyCard) -> None:
        layout = _layout_with(widget)
        layout.insertWidget(layout.indexOf(widget) + 1, card)
        card.show()

    return put


def beside(widget: QWidget) -> CardPlace:
    """Return the place to the right of a widget in a row; the height of the row determines the width of the card."""

    def put(card: WhyCard) -> None:
        layout = _layout_with(widget)
        # A scroll bar may come; and a card without related terms is low enough for a row.
        card.hide_links()
        bar = widget.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        row = widget.parentWidget()
        max_width = round(MAX_SHARE * row.width()) if row is not None else 0
        card.fix_width(max(card.readable_width, min(max_width, card.fitting_width(widget.height() - bar))))
        layout.insertWidget(layout.indexOf(widget) + 1, card, 0, Qt.AlignmentFlag.AlignVCenter)
        card.show()

    return put


def with_mark(widget: QWidget, name: str, term: str, themes: ThemeSource) -> QWidget:
    """Return a row with a widget and a mark at its right, whose card opens below the row."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(widget, 1)
    layout.addWidget(WhyMark(name, term, themes, below(row)), 0, Qt.AlignmentFlag.AlignTop)
    return row


def _layout_with(widget: QWidget) -> QBoxLayout:
    parent = widget.parentWidget()
    layout = parent.layout() if parent is not None else None
    assert isinstance(layout, QBoxLayout), widget.objectName()
    assert layout.indexOf(widget) >= 0, widget.objectName()
    return layout


class RowGap(QObject):
    """Room for a card between two rows that ``host`` paints itself.

    The host adds `height` to its own, and `offset` to the y of its rows, and connects `changed`.

    Parameters
    ----------
    bottom_of
        Returns the y below a row, in pixels, without any gap above it.

    Signals
    -------
    changed
        The height of the gap changed.
    """

    changed = Signal()

    def __init__(self, host: QWidget, bottom_of: Callable[[int], float]) -> None:
        super().__init__(host)
        self._host, self._bottom_of = host, bottom_of
        self._card: WhyCard | None = None
        self._row = -1
        host.installEventFilter(self)

    @property
    def height(self) -> int:
        """The height of the card in pixels, or 0."""
        return 0 if self._card is None else self._card.heightForWidth(self._host.width())

    def offset(self, row: int) -> int:
        """Return how far a row is moved down, in pixels."""
        return self.height if row > self._row else 0

    def row_at(self, y: float, row_of: Callable[[float], int]) -> int:
        """Return the row at a y, by a function that knows no gap; the card itself belongs to the row above it."""
        if self._card is None or y < self._bottom_of(self._row):
            return row_of(y)
        return max(self._row, row_of(y - self.height))

    def below(self, row: int) -> CardPlace:
        """Return the place below a row, counted from 0."""

        def put(card: WhyCard) -> None:
            self._card, self._row = card, row
            card.setParent(self._host)
            card.installEventFilter(self)
            self._arrange()
            card.show()

        return put

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the width of the host and the texts of the card, and close the gap when the card leaves."""
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._arrange()
        elif watched is self._card and event.type() == QEvent.Type.ParentChange:
            self._card = None
            self.changed.emit()
        elif watched is self._card and event.type() == QEvent.Type.LayoutRequest:
            # After the card has laid itself out.
            QTimer.singleShot(0, self, self._arrange)
        return False

    def _arrange(self) -> None:
        if self._card is None:
            return
        height = self.height
        wanted = (0, round(self._bottom_of(self._row)), self._host.width(), height)
        if self._card.geometry().getRect() != wanted:
            self._card.setMinimumHeight(height)
            self._card.setGeometry(*wanted)
            self.changed.emit()


class MenuCards(QObject):
    """Opens cards inside a menu, each below its entry, and at most one.

    Parameters
    ----------
    terms
        Keys of terms by the object names of the menu's actions.
    """

    def __init__(self, menu: StayingMenu, terms: Mapping[str, str], themes: ThemeSource) -> None:
        super().__init__(menu)
        self._menu, self._terms, self._themes = menu, terms, themes
        self._row: QWidgetAction | None = None
        self._about: QAction | None = None
        menu.set_asides([action for action in menu.actions() if terms.get(action.objectName())])
        menu.aside_pressed.connect(self._on_pressed)
        menu.aboutToHide.connect(self.close)

    @Slot()
    def close(self) -> None:
        """Take the card out of the menu."""
        if self._row is not None:
            self._menu.removeAction(self._row)
            self._row.deleteLater()
        self._row = self._about = None

    @Slot(QAction)
    def _on_pressed(self, action: QAction) -> None:
        is_open = action is self._about
        self.close()
        if is_open:
            return
        term = glossary()[self._terms[action.objectName()]]
        # Its own entry shows the overlay: the card has no button for it.
        card = WhyCard(self._themes)
        card.show_term(term, can_show=False)
        card.hide_links()
        card.setFixedWidth(max(self._menu.actionGeometry(action).width(), card.readable_width))
        card.resize(card.minimumWidth(), card.heightForWidth(card.minimumWidth()))
        self._row, self._about = QWidgetAction(self._menu), action
        self._row.setDefaultWidget(card)
        following = self._menu.actions()[self._menu.actions().index(action) + 1 :]
        if following:
            self._menu.insertAction(following[0], self._row)
        else:
            self._menu.addAction(self._row)
