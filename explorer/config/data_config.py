"""Settings of the data."""

from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config.fields import STRICT, setting


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DataConfig:
    """Which samples, how they are converted, and how they are split."""

    source: str = setting("digits", "Data", "A catalogue name, or a file or folder of your own.", min_length=1)
    picture_size: int = setting(
        0,
        "Picture size",
        "Pictures of a folder are resized to this many pixels square; 0 keeps their size.",
        unit="pixels",
        advanced=True,
        ge=0,
        le=1024,
    )
    picture_mode: Literal["auto", "grey", "colour"] = setting(
        "auto",
        "Picture colours",
        "Whether pictures of a folder are read as grey, as colour, or as they are.",
        advanced=True,
    )
    samples_key: str = setting(
        "", "Samples array", "Name of the samples array in an .npz file; empty finds it.", advanced=True
    )
    label_column: str = setting("", "Label column", "Column or array with the classes; empty finds it.", advanced=True)
    attribute_columns: tuple[str, ...] = setting(
        (), "Attribute columns", "Columns to colour by that are no features.", advanced=True
    )
    group_column: str = setting(
        "",
        "Group column",
        "Samples of one group stay in one split (for example one person's pictures).",
        advanced=True,
    )
    split_column: str = setting(
        "", "Split column", "A column that says train, validation or test for each sample.", advanced=True
    )
    validation_fraction: float = setting(
        0.1,
        "Validation share",
        "Share of the samples kept for the validation curves.",
        advanced=True,
        gt=0,
        le=0.45,
    )
    test_fraction: float = setting(
        0.1,
        "Test share",
        "Share of the samples kept for the figures; published test splits are kept.",
        advanced=True,
        gt=0,
        le=0.45,
    )
    binarise: bool = setting(
        False,
        "Random binarisation",
        "Take grey values as probabilities and draw zeros and ones from them, anew in each epoch: a Bernoulli ELBO is "
        "then a true bound.",
        advanced=True,
    )
    vocabulary: int = setting(
        2000,
        "Vocabulary",
        "How many terms of a text are kept, the most frequent first.",
        unit="terms",
        advanced=True,
        ge=10,
        le=20_000,
    )
    text_as: Literal["documents", "words"] = setting(
        "documents",
        "Samples of a text",
        "Whether the samples of a text file or folder are its documents or its words.",
        advanced=True,
    )
    split_seed: int = setting(
        0, "Split seed", "Seed of the split into train, validation and test.", advanced=True, ge=0, le=2**31 - 1
    )
