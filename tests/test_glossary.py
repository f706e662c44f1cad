"""The glossary: complete, short, linked, and the same on its page."""

import re
from pathlib import Path

import pytest

from explorer.glossary import MAX_WORDS, GlossaryTerm, glossary, glossary_page, search_terms
from explorer.jobs.overlays.catalog import overlays
from explorer.models.terms import KNOWN

DOCS = Path(__file__).resolve().parent.parent / "docs"
TERMS = tuple(glossary().values())


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
def test_an_answer_is_short_and_a_question_is_one(term: GlossaryTerm) -> None:
    assert len(term.answer.split()) <= MAX_WORDS
    assert term.answer.endswith(".")
    assert term.question.endswith("?")
    assert term.where


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
def test_related_terms_exist_and_differ(term: GlossaryTerm) -> None:
    assert term.links
    assert set(term.links) <= set(glossary()) - {term.key}


def test_no_question_is_asked_twice() -> None:
    assert len({term.question for term in TERMS}) == len(TERMS)


def test_the_page_is_that_of_the_catalogue() -> None:
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == glossary_page()


def test_overlays_and_curves_name_terms_that_exist() -> None:
    named = {one.term for one in (*overlays(), *KNOWN.values())} - {""}
    assert named <= set(glossary())
    assert len(named) > 10


@pytest.mark.parametrize(
    ("text", "first"),
    [("elbo", "elbo"), ("KL div", "kl_divergence"), ("β", "beta"), ("gap", "gap"), ("φ", "phi_theta")],
)
def test_the_search_finds_names_and_symbols_first(text: str, first: str) -> None:
    assert search_terms(text)[0].key == first


def test_a_search_for_words_in_any_order_and_for_nothing() -> None:
    assert "collapse" in [term.key for term in search_terms("decoder ignores")]
    assert search_terms("") == TERMS
    assert search_terms("no such words here") == ()


def test_every_link_to_a_term_leads_to_one() -> None:
    anchors = {
        "".join(
            letter for letter in line.removeprefix("### ").casefold() if letter.isalnum() or letter in " -"
        ).replace(" ", "-")
        for line in glossary_page().splitlines()
        if line.startswith("### ")
    }
    linked = {
        anchor
        for name in ("glossary.md", "questions.md")
        for anchor in re.findall(r"(?:glossary\.md)?#([^)\s]+)\)", (DOCS / name).read_text(encoding="utf-8"))
    }
    assert len(linked) > 40
    assert linked <= anchors
