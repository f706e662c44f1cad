"""The user guide in a window: the pages of ``docs/`` that ship, with an index, a search and a history, offline.

1. The list at the left has the pages; a search leaves those with hits, and says how many each has.
2. `GuideBrowser` asks for a page by a URL such as ``overlays.md#contours``, and gets its Markdown for the theme.
3. Qt knows no anchors of Markdown headings: the browser looks for the heading itself.
"""

import re

from PySide6.QtCore import QModelIndex, QSize, Qt, QUrl, Slot
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QKeySequence,
    QShortcut,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
    QTextTable,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from explorer.rendering.guide_pages import GuidePage, guide_pages, heading_anchor, page_markdown, picture_file
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.keyed_list import KeyedList, KeyedRow

MARKDOWN = QTextDocument.ResourceType.MarkdownResource
PICTURE_MARGIN = 48
"""Pixels beside a picture that fills the width."""
SEARCH_TIP = "Search all pages (Ctrl+F). Enter goes to the next hit, then to the next page with hits"
LINE = 125
"""Height of a line in percent."""


class GuideBrowser(QTextBrowser):
    """Shows pages of the guide; links between pages stay in it, others open in the desktop's browser."""

    def __init__(self, pages: tuple[GuidePage, ...], themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages, self._themes = {page.path.name: page for page in pages}, themes
        set_identity(self, "guide_text", "The page", "Page of the user guide")
        # "Tooltip" of a whole page would follow the mouse.
        self.setToolTip("")
        self.setOpenLinks(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.anchorClicked.connect(self._on_link)
        themes.changed.connect(self.reload)

    def show_page(self, name: str, fragment: str = "") -> None:
        """Show a page such as ``"overlays.md"``, scrolled to one of its headings."""
        # `setFragment("")` would leave a "#", and the page would count as another one.
        url = QUrl(name)
        if fragment:
            url.setFragment(fragment)
        self.setSource(url, MARKDOWN)

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """Return the Markdown of a page, or a picture that is no wider than the text."""
        url = QUrl(name)
        if url.path() in self._pages:
            return page_markdown(self._pages[url.path()], dark=self._themes.theme.dark)
        path = picture_file(url.path(), dark=self._themes.theme.dark)
        if path is None:
            return None
        # Qt has no width of 100 % for pictures in Markdown.
        picture, room = QImage(str(path)), max(200, self.viewport().width() - PICTURE_MARGIN)
        smooth = Qt.TransformationMode.SmoothTransformation
        return picture if picture.width() <= room else picture.scaledToWidth(room, smooth)

    def doSetSource(self, name: QUrl | str, type: QTextDocument.ResourceType = MARKDOWN) -> None:
        """Show a page and scroll to the heading that the URL names."""
        # Back and forward pass the type that a URL's ending suggests.
        super().doSetSource(name, MARKDOWN)
        self._give_room()
        self._scroll_to(QUrl(name).fragment(QUrl.ComponentFormattingOption.FullyDecoded))

    def find_first(self, words: str) -> bool:
        """Select the first occurrence of some words on the page; return whether there is one."""
        self.moveCursor(QTextCursor.MoveOperation.Start)
        return self.find(words)

    def _give_room(self) -> None:
        """Set margins and line heights: Qt sets Markdown without any."""
        em = self.fontMetrics().height()
        document, cursor = self.document(), QTextCursor(self.document())
        document.setDocumentMargin(em)
        # One edit for all blocks: each edit lays out the rest of the page.
        cursor.beginEditBlock()
        # Block by block: style sheets have no effect on Markdown.
        block = document.begin()
        while block.isValid():
            cursor.setPosition(block.position())
            form = block.blockFormat()
            # A line with a picture is as high as the picture.
            form.setLineHeight(
                100 if "\ufffc" in block.text() else LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
            )
            # Long commands wrap instead of scrolling the page sideways.
            form.setNonBreakableLines(False)
            if (table := cursor.currentTable()) is None:
                form.setBottomMargin(0.6 * em)
                form.setTopMargin(0.8 * em if form.headingLevel() else 0)
            else:
                self._style_table(table, em)
            cursor.setBlockFormat(form)
            block = block.next()
        cursor.endEditBlock()

    def _style_table(self, table: QTextTable, em: int) -> None:
        form = table.format()
        # A table is met once for each of its cells.
        if form.cellPadding() != em / 3:
            form.setCellPadding(em / 3)
            form.setBorderCollapse(True)
            form.setBorderBrush(QColor(self._themes.theme.edge))
            form.setBottomMargin(em)
            table.setFormat(form)

    def _scroll_to(self, anchor: str) -> None:
        block = self.document().begin()
        while anchor and block.isValid():
            if block.blockFormat().headingLevel() and heading_anchor(block.text()) == anchor:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(round(top))
                return
            block = block.next()

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
            return
        # A link within the page has only a fragment.
        name = url.path() or self.source().path()
        if name in self._pages:
            self.show_page(name, url.fragment(QUrl.ComponentFormattingOption.FullyDecoded))


class GuideWindow(QDialog):
    """The pages, a search over all of them, and back and forward."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "guide_window", accessible="User guide").setWindowTitle("User guide")
        self._all = guide_pages()
        self.browser = GuideBrowser(self._all, themes)
        self.search = set_identity(QLineEdit(), "guide_search", SEARCH_TIP, "Search")
        self.search.setPlaceholderText("Search all pages")
        self.search.setClearButtonEnabled(True)
        self.list = set_identity(KeyedList(), "guide_pages", "The pages of the guide", "Pages")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._back = set_identity(QPushButton("Back"), "guide_back", "Previous page (Alt+Left)")
        self._forward = set_identity(QPushButton("Forward"), "guide_forward", "Next page (Alt+Right)")
        self._arrange()
        self._connect()
        self._fill()
        self.browser.show_page(self._all[0].path.name)
        resize_to_text(self, 76, 50)

    def sizeHint(self) -> QSize:
        """Return a size in which a page is easy to read, in pixels."""
        return QSize(1000, 700)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        for widget in (self._back, self._forward):
            widget.setAutoDefault(False)
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.search, 2)
        splitter = set_identity(QSplitter(), "guide_splitter", accessible="Pages and text")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.list)
        splitter.addWidget(self.browser)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([260, 740])
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(splitter, 1)
        layout.addWidget(close_button(self, "guide"))
        self.search.setFocus()

    def _connect(self) -> None:
        self._back.clicked.connect(self.browser.backward)
        self._forward.clicked.connect(self.browser.forward)
        self.browser.backwardAvailable.connect(self._back.setEnabled)
        self.browser.forwardAvailable.connect(self._forward.setEnabled)
        self.browser.sourceChanged.connect(self._mark_page)
        for button in (self._back, self._forward):
            button.setEnabled(False)
        self.list.clicked.connect(self._on_page)
        self.list.activated.connect(self._on_page)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._find_next)
        for key, slot in (
            (QKeySequence.StandardKey.Find, self.search.setFocus),
            (QKeySequence.StandardKey.Back, self.browser.backward),
            (QKeySequence.StandardKey.Forward, self.browser.forward),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(slot)

    @Slot()
    def _fill(self) -> None:
        """List the pages, or those with the words of the search."""
        words = self.search.text()
        rows: list[KeyedRow] = []
        for page in self._all:
            hits = page.count(words)
            if words.strip() and not hits:
                continue
            # The list is narrow, and long titles are cut off: the tooltip has the whole one.
            rows.append(KeyedRow(f"{page.title}  ({hits})" if hits else page.title, page.path.name, page.title))
        self.list.show_rows(rows)
        self._mark_page()

    @Slot(QUrl)
    def _mark_page(self, url: QUrl | None = None) -> None:
        """Select the page that is shown in the list."""
        self.list.set_current((self.browser.source() if url is None else url).path())

    @Slot(QModelIndex)
    def _on_page(self, index: QModelIndex) -> None:
        self.browser.show_page(str(self.list.rows[index.row()].key))
        if words := _plain(self.search.text()):
            self.browser.find_first(words)

    @Slot()
    def _find_next(self) -> None:
        """Go to the next hit on this page; after the last one, to the first hit of the next page that has any."""
        words = _plain(self.search.text())
        if not words or self.browser.find(words):
            return
        names = [page.path.name for page in self._all]
        after = names.index(self.browser.source().path()) + 1
        # All pages around to this one: its only hits may lie before the cursor.
        for page in (*self._all[after:], *self._all[:after]):
            if page.count(self.search.text()):
                self.browser.show_page(page.path.name)
                # Hits are counted in the Markdown, which also has words that the page does not show.
                if self.browser.find_first(words):
                    return


def _plain(words: str) -> str:
    """Return words as the page shows them: without the marks of Markdown."""
    return re.sub(r"[*`_]", "", words).strip()
