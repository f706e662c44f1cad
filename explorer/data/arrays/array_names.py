"""The customary names of arrays: which are samples, classes or descriptions, and which split a name belongs to.

Names are compared without case, punctuation and groups: ``X_train``, ``train/images`` and ``trainX`` are the samples of
the training split. A name is read as words, of which one may be a split; the rest is its base.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from explorer.data.columns import LABEL_NAMES

SAMPLE_NAMES = (
    "samples",
    "images",
    "imgs",
    "image",
    "img",
    "pictures",
    "signals",
    "vectors",
    "spectra",
    "data",
    "x",
    "features",
    "fea",
    "inputs",
    "input",
    "embeddings",
    "embedding",
    "",
)
"""Bases of the samples, in order of priority. The empty one is that of arrays named only by their split."""
LABELS = (
    *LABEL_NAMES,
    "labs",
    "lab",
    "gnd",
    "gt",
    "answers",
    "digit",
    "digits",
    "category",
    "fine_labels",
    "cell_type",
    "celltype",
    "cell_types",
    "cell_ontology_class",
    "louvain",
    "leiden",
    "seurat_clusters",
    "clusters",
    "cluster",
)
"""Bases of the classes, in order of priority."""
CLASS_NAMES = (
    "class_names",
    "classnames",
    "label_names",
    "labelnames",
    "target_names",
    "list_classes",
    "categories",
    "meta_classes",
    "classes",
)
FEATURE_NAMES = ("feature_names", "var_names", "gene_names", "genes", "columns", "block0_items", "features")
AXES = (
    "axis",
    "wavelengths",
    "wavelength",
    "wavenumbers",
    "wavenumber",
    "times",
    "time",
    "t",
    "frequencies",
    "freq",
    "mz",
)
SAMPLE_TITLES = (
    "names",
    "name",
    "ids",
    "id",
    "sample_names",
    "obs_names",
    "barcodes",
    "filenames",
    "filename",
    "files",
)
SPLIT_BASES = ("split", "splits", "subset", "partition")

_SPLITS = {
    "train": "train",
    "training": "train",
    "tr": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "te": "test",
}
# Alone, they may be a repetition time and an echo time, or any other abbreviation.
_SHORT = {"tr", "te"}
"""Words that name a split only beside x or y."""
_ROLES = "x|y|data|images?|imgs?|labels?|targets?|samples?|features?|inputs?"
_GLUED = re.compile(
    rf"^(?:(x|y)(tr|te)|({_ROLES})(train|test|val|valid)|(train|test|val|valid)({_ROLES}|\d+))$", re.IGNORECASE
)
"""Names without a separator: "xtrain", "testdata", and "train3", which is class 3 of the training split."""


class ArrayName(NamedTuple):
    """A name without its split: ``X_train`` is base "x" of split "train"; ``split`` is "" without one."""

    base: str
    split: str


def parse_name(name: str) -> ArrayName:
    """Return the base of an array's name, in lower case, and its split."""
    # The inner expression separates camel case: trainX becomes train_X.
    words = [word for word in re.split(r"[^A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)) if word]
    words = [part for word in words for part in _unglued(word.lower())]
    found = [index for index, word in enumerate(words) if word in _SPLITS]
    if found and (words[found[0]] not in _SHORT or {"x", "y"} & set(words)):
        split = _SPLITS[words.pop(found[0])]
        # "train_set_x": the set is that of the split.
        return ArrayName("_".join(word for word in words if word != "set"), split)
    return ArrayName("_".join(words), "")


def _unglued(word: str) -> list[str]:
    match = _GLUED.match(word)
    return [part for part in match.groups() if part] if match else [word]


def base_of(name: str) -> str:
    """Return the base of a name, or its last word if it is a path: "group/images" has the base "images"."""
    return parse_name(re.split(r"[/.]", name)[-1]).base if re.search(r"[/.]", name) else parse_name(name).base


def first_named(names: Iterable[str], known: Iterable[str]) -> str | None:
    """Return the first of ``names`` whose base is in ``known``, in the order of ``known``; None if there is none."""
    # The first array of a base stays: files list what matters first.
    by_base: dict[str, str] = {}
    for name in names:
        by_base.setdefault(base_of(name), name)
    return next((by_base[base] for base in known if base in by_base), None)
