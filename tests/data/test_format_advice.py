import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("frame.pkl", r"numpy\.savez or to_parquet"),
        ("mnist.pkl.gz", "pickled Python objects are not opened"),
        ("table.rds", r"write\.csv"),
        ("cifar-10-binary.tar.gz", "unpack the archive"),
        ("film.mp4", "save their frames"),
        ("notes.xyz", "a text in which no table is recognized; .*CSV.*"),
    ],
)
def test_the_sentence_says_what_to_do(tmp_path, name, message):
    (tmp_path / name).write_bytes(b"?")
    with pytest.raises(DataError, match=message) as error:
        load(DataConfig(source=str(tmp_path / name)))
    assert name in str(error.value) and "\n" not in str(error.value)
