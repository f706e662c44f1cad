"""The settings of the data: where the samples come from, how they are read, and how they are split."""

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
        "Pictures are resized to a square of this side; 0 keeps their size, or takes 64 if they differ.",
        unit="pixels",
        advanced=True,
        ge=0,
        le=1024,
    )
    picture_mode: Literal["auto", "grey", "colour"] = setting(
        "auto",
        "Picture colours",
        "How to read pictures: in grey, in colour, or as they are stored.",
        advanced=True,
    )
    picture_fit: Literal["crop", "pad", "stretch"] = setting(
        "crop",
        "Unequal sizes",
        "How pictures of other proportions become square: crop to the centre, pad with the background, or stretch.",
        advanced=True,
    )
    picture_ground: Literal["auto", "white", "black", "grey"] = setting(
        "auto",
        "Background",
        "The colour under transparent parts and around padded pictures; auto is white, or black if white would hide "
        "the picture.",
        advanced=True,
    )
    sample_shape: str = setting(
        "auto",
        "Shape of a sample",
        "How to read a row of numbers: auto, vector, signal, or a size of pictures, such as 28x28, 32x32x3 or 3x32x32.",
        advanced=True,
        pattern=r"^(auto|vector|signal|\d{1,5}x\d{1,5}(x\d{1,5})?)$",
    )
    pixel_order: Literal["auto", "rows", "columns"] = setting(
        "auto",
        "Order of pixels",
        "Whether pixels are stored row by row, or column by column as in MATLAB; auto means rows, except for EMNIST.",
        advanced=True,
    )
    transpose: bool = setting(False, "Transpose", "Take columns as samples and rows as features.", advanced=True)
    scaling: Literal["auto", "standardize", "together", "robust", "range", "none"] = setting(
        "auto",
        "Scaling",
        "How to scale the values: standardize each feature; together, by one mean and standard deviation; robust, by "
        "median and interquartile range; range, the common range mapped to 0 to 1; or none.",
        advanced=True,
    )
    log1p: bool = setting(
        False,
        "Logarithm",
        "Take log(1 + x) of every value before scaling; useful for counts and amounts.",
        advanced=True,
    )
    normalize_counts: bool = setting(
        False,
        "Equal totals",
        "Scale the counts of each sample (genes, words) to the median total of all, as scanpy's normalize_total does.",
        advanced=True,
    )
    missing: Literal["skip", "mean", "median", "value", "refuse"] = setting(
        "skip",
        "Missing values",
        "Leave out rows with missing values; fill them with the mean or median of the feature, or with a value; or "
        "refuse the file.",
        advanced=True,
    )
    missing_value: float = setting(
        0.0, "Value for missing", "The value that replaces missing ones.", advanced=True, when="missing = value"
    )
    missing_marks: tuple[str, ...] = setting(
        (), "Marks of missing values", "Numbers or words that stand for a missing value, such as −9999.", advanced=True
    )
    unreadable: Literal["skip", "refuse"] = setting(
        "skip",
        "Unreadable items",
        "Whether to leave out pictures that cannot be read, or to refuse the whole data set.",
        advanced=True,
    )
    read_as: Literal["auto", "table", "text", "word vectors", "series"] = setting(
        "auto",
        "Read as",
        "How to read a text file if its contents are not recognized correctly.",
        advanced=True,
    )
    encoding: str = setting(
        "",
        "Encoding",
        "Encoding of a text file, such as utf-8 or windows-1252; leave empty to detect it.",
        advanced=True,
    )
    delimiter: Literal["auto", "comma", "semicolon", "tab", "space", "bar"] = setting(
        "auto", "Delimiter", "What separates the cells of a text table.", advanced=True
    )
    decimal: Literal["auto", "point", "comma"] = setting(
        "auto", "Decimal mark", "Whether one and a half is written 1.5 or 1,5.", advanced=True
    )
    header: Literal["auto", "yes", "no"] = setting(
        "auto", "Header", "Whether the first line of a text table contains the column names.", advanced=True
    )
    samples_key: str = setting(
        "",
        "Samples array",
        "Name of the array, table or sheet with the samples; leave empty to detect it.",
        advanced=True,
    )
    label_column: str = setting(
        "", "Label column", "Column or array with the classes; leave empty to detect it.", advanced=True
    )
    feature_columns: tuple[str, ...] = setting(
        (),
        "Feature columns",
        "Columns that are inputs of the model, although they would otherwise get another role.",
        advanced=True,
    )
    category_columns: tuple[str, ...] = setting(
        (),
        "Category columns",
        "Columns of words that are inputs of the model; each word becomes a feature of 0 and 1.",
        advanced=True,
    )
    number_columns: tuple[str, ...] = setting(
        (),
        "Number columns",
        "Columns of 0 and 1, or of counts, to treat as plain numbers and to scale; * for all.",
        advanced=True,
    )
    count_columns: tuple[str, ...] = setting(
        (),
        "Count columns",
        "Columns of counts (whole numbers from 0 up); * for all. Counts are not scaled, and their likelihood is a "
        "negative binomial.",
        advanced=True,
    )
    angle_columns: tuple[str, ...] = setting(
        (),
        "Angle columns",
        "Columns of angles, directions or hours, which start again after a full turn; * for all.",
        advanced=True,
    )
    angle_period: float = setting(
        0.0,
        "Full turn of angles",
        "The value of a full turn: 360 for degrees, 24 for hours; 0 tells degrees from radians by their range.",
        advanced=True,
        when="angle_columns != ()",
        ge=0,
        le=1e9,
    )
    attribute_columns: tuple[str, ...] = setting(
        (), "Attribute columns", "Columns that can colour the points; the model does not use them.", advanced=True
    )
    name_column: str = setting(
        "", "Name column", "Column with the names of the samples; leave empty to detect it.", advanced=True
    )
    axis_column: str = setting(
        "",
        "Axis column",
        "Column with the position of each row (time, wavelength); every other column of numbers is then a signal.",
        advanced=True,
    )
    ignored_columns: tuple[str, ...] = setting(
        (), "Ignored columns", "Columns that are not used at all.", advanced=True
    )
    group_column: str = setting(
        "",
        "Group column",
        "Column with the group of each sample; all samples of a group, such as a person, stay in the same split.",
        advanced=True,
    )
    split_column: str = setting(
        "", "Split column", "A column that contains train, validation or test for each sample.", advanced=True
    )
    max_features: int = setting(
        0,
        "Maximum features",
        "Keep only the features that vary most, at most this many; 0 keeps all.",
        unit="features",
        advanced=True,
        ge=0,
        le=1_000_000,
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
        "Random binarization",
        "Grey values are probabilities, and binary pixels are drawn from them in each epoch. The Bernoulli "
        "ELBO is then a true bound.",
        advanced=True,
    )
    vocabulary: int = setting(
        2000,
        "Vocabulary",
        "Number of terms of a text to keep; the most frequent ones are kept.",
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
    audio_as: Literal["spectrogram", "frames"] = setting(
        "spectrogram",
        "Samples of recordings",
        "Whether recordings become pictures of their spectrum (spectrograms), or short frames of their waveform.",
        advanced=True,
    )
    # Not the seed of the training: runs with different seeds must have the same test split to be comparable.
    split_seed: int = setting(
        0, "Split seed", "Seed of the split into train, validation and test.", advanced=True, ge=0, le=2**31 - 1
    )
