"""The text that is always there: the reference topics that come with Python's standard library, for its `help`."""

import builtins
import keyword
from collections import Counter

import numpy as np

from explorer.config import DataConfig
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.sources.passages import Passage, blocks_of, heading_of, passages_of
from explorer.data.sources.text_assembly import Labels, documents, words

MAX_CLASSES, MIN_MEMBERS = 10, 12
"""The topics of the most passages are classes; those of fewer passages than that are none."""

ROLES = ("keyword", "built-in name", "special name", "other word")


@register(
    "topics",
    title="Python's reference topics (documents)",
    summary="Some 800 passages of the reference that comes with Python, as weights of their terms; the ten greatest "
    "topics are classes; it differs a little between versions of Python.",
    settings=("vocabulary",),
)
def load_topics(config: DataConfig, context: LoadContext) -> Dataset:
    """Load the passages of `pydoc_data.topics`; a passage that stands in several topics is taken once."""
    passages = _passages(context)
    counts = Counter(topic for topic, _ in passages)
    classes = [topic for topic, count in counts.most_common(MAX_CLASSES) if count >= MIN_MEMBERS]
    number = {topic: place for place, topic in enumerate(classes)}
    labels = np.array([number.get(topic, -1) for topic, _ in passages], np.int64)
    return documents(config, "topics", [passage for _, passage in passages], (labels, tuple(classes)))


@register(
    "topics-words",
    title="Python's reference topics (words)",
    summary="The words of the reference that comes with Python, each by the words that stand beside it; keywords, "
    "built-in and special names are classes.",
    settings=("vocabulary",),
)
def load_topic_words(config: DataConfig, context: LoadContext) -> Dataset:
    """Load the words of `pydoc_data.topics` and how often each stands within five of each other."""
    return words(config, "topics-words", [passage for _, passage in _passages(context)], roles)


def roles(found: tuple[str, ...]) -> Labels:
    """Return which of `ROLES` each word (in lower case) has in Python; a keyword is one in a sentence too."""
    keywords = {word.lower() for word in (*keyword.kwlist, *keyword.softkwlist)}
    known = {word.lower() for word in dir(builtins)}
    places = [
        0 if word in keywords else 2 if word.startswith("__") and word.endswith("__") else 1 if word in known else 3
        for word in found
    ]
    return np.array(places, np.int64), ROLES


def _passages(context: LoadContext) -> list[tuple[str, Passage]]:
    """Return each passage with its topic's title; the greatest topics come first, and keep what they share."""
    from pydoc_data.topics import topics

    context.report(0, 1, "reading the topics")
    seen: set[str] = set()
    found: list[tuple[str, Passage]] = []
    for key, text in sorted(topics.items(), key=lambda item: (-len(item[1]), item[0])):
        blocks = list(blocks_of(text))
        title = next((heading for block in blocks[:1] if (heading := heading_of(block))), key)
        new = [block for block in blocks if _form(block) not in seen]
        seen.update(map(_form, blocks))
        found += [(title, passage) for passage in passages_of(new, title)]
    return found


def _form(block: str) -> str:
    return " ".join(block.split())
