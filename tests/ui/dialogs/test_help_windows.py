"""The user guide and the glossary, in the window and without a network."""

import re
from collections import Counter

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.glossary import glossary
from explorer.rendering.guide_pages import NAMES, guide_pages, heading_anchor, page_markdown, picture_file
from explorer.ui.dialogs.guide_window import GuideWindow
from explorer.ui.dialogs.help_dialogs import GlossaryWindow
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_mark import WhyCards


@pytest.fixture
def guide(themes: ThemeSource, qtbot: QtBot) -> GuideWindow:
    window = GuideWindow(themes)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def main(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def terms(themes: ThemeSource, main: QWidget, seen: list[str]) -> GlossaryWindow:
    cards = WhyCards(main, themes)
    cards.connect_see_it({"overlay": seen.append})
    window = GlossaryWindow(themes, cards, main)
    window.show()
    return window


def test_every_page_ships_with_its_pictures_and_links_within() -> None:
    assert [page.name for page in guide_pages()] == list(NAMES)
    headings = {
        page.path.name: {heading_anchor(found) for found in re.findall(r"^#+ (.+)$", page.path.read_text(), re.M)}
        for page in guide_pages()
    }
    for page in guide_pages():
        for dark in (False, True):
            text = page_markdown(page, dark=dark)
            assert all(picture_file(name, dark=dark) for name in re.findall(r"\((images/[^)]+)", text)), page.name
            for target in re.findall(r"(?<!!)\[[^]]+]\(([^)\s]+)\)", text):
                name, _, anchor = target.partition("#")
                if not name.startswith("http"):
                    assert not anchor or anchor in headings[name or page.path.name], (page.name, target)


def test_a_page_has_the_pictures_of_the_theme_alone() -> None:
    (bound,) = [page for page in guide_pages() if page.name == "bound"]
    for dark, other in ((True, "-light"), (False, "-dark")):
        pictures = re.findall(r"\((images/[^)]+)", page_markdown(bound, dark=dark))
        assert pictures and not [name for name in pictures if other in name]


def test_pages_are_read_and_links_followed_there_and_back(guide: GuideWindow, qtbot: QtBot) -> None:
    assert guide.browser.source().path() == "questions.md"
    guide.browser.anchorClicked.emit(QUrl("glossary.md#prior"))
    assert guide.browser.source().path() == "glossary.md"
    assert guide.browser.verticalScrollBar().value() > 0, "scrolled to the heading"
    assert guide.list.current == "glossary.md"
    qtbot.mouseClick(guide.findChild(QPushButton, "guide_back"), Qt.MouseButton.LeftButton)
    assert guide.browser.source().path() == "questions.md"
    assert guide.list.current == "questions.md"
    qtbot.mouseClick(guide.findChild(QPushButton, "guide_forward"), Qt.MouseButton.LeftButton)
    assert guide.browser.source().path() == "glossary.md"


@pytest.fixture
def phrase() -> str:
    """Two words that several pages of the guide have, though not all, whatever the pages say at present."""
    pages = [set(re.findall(r"\b[a-z]{4,} [a-z]{4,}\b", page.text)) for page in guide_pages()]
    counts = Counter(pair for pairs in pages for pair in pairs)
    return next(pair for pair, count in sorted(counts.items()) if 3 <= count < len(NAMES) // 2)


def test_the_search_leaves_pages_with_hits_and_goes_to_the_next(guide: GuideWindow, phrase: str, qtbot: QtBot) -> None:
    qtbot.keyClicks(guide.search, "Dijkstra of nothing")
    assert not guide.list.rows
    guide.search.clear()
    qtbot.keyClicks(guide.search, phrase)
    assert {row.key for row in guide.list.rows} == {page.path.name for page in guide_pages() if phrase in page.text}
    assert 0 < len(guide.list.rows) < len(NAMES)
    qtbot.keyClick(guide.search, Qt.Key.Key_Return)
    assert guide.browser.textCursor().selectedText().lower() == phrase


def test_enter_goes_on_to_the_next_page_with_hits_and_around(guide: GuideWindow, phrase: str, qtbot: QtBot) -> None:
    qtbot.keyClicks(guide.search, phrase)
    pages: list[str] = []
    for _ in range(60):
        qtbot.keyClick(guide.search, Qt.Key.Key_Return)
        assert guide.browser.textCursor().selectedText().lower() == phrase
        pages.append(guide.browser.source().path())
    visited = list(dict.fromkeys(pages))
    listed = [row.key for row in guide.list.rows]
    assert len(visited) > 1 and visited == [name for name in listed if name in visited], "in the order of the list"
    assert pages.count(visited[0]) > 1 and pages[-1] in visited, "after the last page, the first again"


def test_pictures_are_no_wider_than_the_text(guide: GuideWindow) -> None:
    guide.browser.show_page("bound.md")
    picture = guide.browser.loadResource(2, QUrl("images/bound-dark.png"))
    assert isinstance(picture, QImage) and 100 < picture.width() <= guide.browser.viewport().width()


def test_the_glossary_is_searched_and_walked_by_the_keyboard(
    terms: GlossaryWindow, qtbot: QtBot, seen: list[str]
) -> None:
    assert terms.card.term == glossary()["nat"]
    qtbot.keyClicks(terms.search, "prior")
    assert terms.card.term == glossary()["prior"]
    see = terms.card.findChild(QPushButton, "why_see_it")
    qtbot.mouseClick(see, Qt.MouseButton.LeftButton)
    assert seen == ["prior_rings"]
    qtbot.keyClick(terms.search, Qt.Key.Key_Down)
    assert terms.card.term is not None and terms.card.term.key != "prior"
    assert "window" in terms.findChild(QLabel, "glossary_where").text()


def test_a_link_goes_to_a_term_that_the_search_hides(terms: GlossaryWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(terms.search, "Gibbs")
    assert terms.card.term == glossary()["kl_positive"]
    terms.card.link_wanted.emit("gap")
    assert terms.card.term == glossary()["gap"]
    assert terms.search.text() == ""


def test_words_that_no_term_has_leave_no_card(terms: GlossaryWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(terms.search, "no such words")
    assert not terms.card.isVisible()
    terms.search.clear()
    assert terms.card.isVisible()
