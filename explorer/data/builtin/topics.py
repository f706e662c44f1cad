"""The reference topics that come with Python for its `help`: a text data set that needs no download."""

import builtins
import keyword
from collections import Counter

import numpy as np

from explorer.config import DataConfig
from explorer.data.catalog import register
from explorer.data.columns import ClassLabels
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.text.text_assembly import Passage, blocks_of, documents, heading_of, passages_of, words

MAX_CLASSES, MIN_MEMBERS = 10, 12
"""The classes are the topics with the most passages; a topic with fewer passages than `MIN_MEMBERS` is not a class."""

ROLES = ("keyword", "built-in name", "special name", "other word")
"""Classes of words: the role that a word has in Python."""


@register(
    "topics",
    title="Python's reference topics (documents)",
    summary="About 800 passages from the reference that comes with Python, as TF-IDF weights; the ten largest topics "
    "are classes. The text differs slightly between versions of Python.",
    settings=("vocabulary",),
)
def load_topics(config: DataConfig, context: LoadContext) -> Dataset:
    """Load the passages of `pydoc_data.topics`; a passage that occurs in several topics is used once."""
    passages = _passages(context)
    counts = Counter(topic for topic, _ in passages)
    classes = [topic for topic, count in counts.most_common(MAX_CLASSES) if count >= MIN_MEMBERS]
    number = {topic: index for index, topic in enumerate(classes)}
    labels = np.array([number.get(topic, -1) for topic, _ in passages], np.int64)
    found = [passage for _, passage in passages]
    return documents(config, "topics", found, (labels, tuple(classes)), notes=context.notes)


@register(
    "topics-words",
    title="Python's reference topics (words)",
    summary="The words of the reference that comes with Python, described by the words next to them; keywords, "
    "built-in names and special names are classes.",
    settings=("vocabulary",),
)
def load_topic_words(config: DataConfig, context: LoadContext) -> Dataset:
    """Load the words of `pydoc_data.topics` and count how often they occur within five words of each other."""
    return words(config, "topics-words", [passage for _, passage in _passages(context)], roles, notes=context.notes)


def roles(found: tuple[str, ...]) -> ClassLabels:
    """Return the role of each word (in lower case) in Python, as indices into `ROLES`, and `ROLES`.

    A word such as "for" counts as a keyword even where a sentence uses it.
    """
    keywords = {word.lower() for word in (*keyword.kwlist, *keyword.softkwlist)}
    known = {word.lower() for word in dir(builtins)}
    indices = [
        0 if word in keywords else 2 if word.startswith("__") and word.endswith("__") else 1 if word in known else 3
        for word in found
    ]
    return np.array(indices, np.int64), ROLES


def _passages(context: LoadContext) -> list[tuple[str, Passage]]:
    """Return the passages with the titles of their topics; a passage in several topics goes to the largest one."""
    from pydoc_data.topics import topics

    context.report(0, 1, "reading the topics")
    seen: set[str] = set()
    found: list[tuple[str, Passage]] = []
    for key, text in sorted(topics.items(), key=lambda item: (-len(item[1]), item[0])):
        blocks = list(blocks_of(text))
        title = next((heading for block in blocks[:1] if (heading := heading_of(block))), key)
        # Several topics quote the same passages; a copy in the test split would leak from the training split.
        new = [block for block in blocks if _form(block) not in seen]
        seen.update(map(_form, blocks))
        found += [(title, passage) for passage in passages_of(new, title)]
    return found


def _form(block: str) -> str:
    return " ".join(block.split())
