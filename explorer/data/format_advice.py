"""What to do with files of formats that are not read: a sentence by suffix."""

from pathlib import Path

_PICKLE = "pickled Python objects are not opened, as they can run code; save the numbers with numpy.savez or to_parquet"
_R = "R's own format is not read; save the table with write.csv"
_ARCHIVE = "unpack the archive, and open its folder"
_STATISTICS = "this format is not read; save the table as CSV, or as Parquet with pandas"
_VIDEO = "films are not read; save their frames as pictures in a folder"

_ADVICE = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill"), _PICKLE),
    **dict.fromkeys((".rds", ".rdata", ".rda"), _R),
    **dict.fromkeys((".tar", ".tgz", ".rar", ".7z", ".xz", ".bz2"), _ARCHIVE),
    **dict.fromkeys((".sav", ".dta", ".sas7bdat", ".por", ".ods", ".orc", ".avro"), _STATISTICS),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm"), _VIDEO),
    **dict.fromkeys((".dcm", ".nii", ".mha", ".nrrd"), "medical pictures are not read; save slices as PNG or .npy"),
}


def advice(path: Path) -> str:
    """Return what to do with a file that no reader recognizes, or "" if that is not known."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-2:] == [".tar", ".gz"]:
        return _ARCHIVE
    # "mnist.pkl.gz": what is compressed matters.
    return next((_ADVICE[suffix] for suffix in reversed(suffixes) if suffix in _ADVICE), "")
