"""The settings of the data: source, conversion and splits."""

from typing import Literal

from pydantic.dataclasses import dataclass

from explorer.config.fields import STRICT, setting


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DataConfig:
    """Where the samples come from, how they are converted, and how they are split."""

    source: str = setting("digits", "Data", "A catalogue name, or a file or folder of your own.", min_length=1)
    picture_size: int = setting(
        0,
        "Picture size",
        "Pictures of a folder are resized to a square of this side; 0 keeps their size.",
        unit="pixels",
        advanced=True,
        ge=0,
        le=1024,
    )
    picture_mode: Literal["auto", "grey", "colour"] = setting(
        "auto",
        "Picture colours",
        "Whether to read the pictures of a folder in grey, in colour, or as they are stored.",
        advanced=True,
    )
    samples_key: str = setting(
        "", "Samples array", "Name of the samples array in an .npz file; leave empty to detect it.", advanced=True
    )
    label_column: str = setting(
        "", "Label column", "Column or array with the classes; leave empty to detect it.", advanced=True
    )
    attribute_columns: tuple[str, ...] = setting(
        (), "Attribute columns", "Columns to colour by that the model does not see.", advanced=True
    )
    group_column: str = setting(
        "",
        "Group column",
        "Samples of one group stay in one split, for example all pictures of a person.",
        advanced=True,
    )
    split_column: str = setting(
        "", "Split column", "A column that contains train, validation or test for each sample.", advanced=True
    )
    validation_fraction: float = setting(
        0.1,
        "Validation share",
        "Share of the samples used for the validation curves.",
        advanced=True,
        gt=0,
        le=0.45,
    )
    test_fraction: float = setting(
        0.1,
        "Test share",
        "Share of the samples used for the figures; a published test split is used as it is.",
        advanced=True,
        gt=0,
        le=0.45,
    )
    binarise: bool = setting(
        False,
        "Random binarisation",
        "Treats grey values as probabilities and draws zeros and ones from them anew in each epoch, so that the "
        "Bernoulli ELBO is a true bound.",
        advanced=True,
    )
    vocabulary: int = setting(
        2000,
        "Vocabulary",
        "Number of terms to keep from a text, the most frequent first.",
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
    # Not the seed of the training: runs with different seeds must have the same test split to be comparable.
    split_seed: int = setting(
        0, "Split seed", "Seed of the split into train, validation and test.", advanced=True, ge=0, le=2**31 - 1
    )
