"""Files whose ending says nothing, or something wrong: recognized by their contents, or explained in one sentence."""

import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError

ROWS = "".join(f"{number}\t{number * 1.5}\t{number % 3}.25\n" for number in range(40))


def test_a_table_with_an_unknown_ending_is_read_and_it_is_said(tmp_path):
    (tmp_path / "spectrum.asc").write_text(ROWS)
    data = load(DataConfig(source=str(tmp_path / "spectrum.asc")))
    assert data.samples.shape == (40, 3)
    assert any("suffix .asc is unknown" in line for line in data.report.understood)


def test_mostly_numbers_are_no_prose(tmp_path):
    (tmp_path / "plate.txt").write_text(
        "Reader 5\n\nTime\tA1\tA2\n" + "".join(f"0:{n:02}:00\t{n}.5\t{n}\n" for n in range(40))
    )
    data = load(DataConfig(source=str(tmp_path / "plate.txt")))
    assert data.description.kind == "vector" and {"A1", "A2"} <= set(data.description.feature_names)
    assert "read_as" in data.report.settings


def test_the_way_of_reading_can_be_chosen(tmp_path):
    words = "".join(
        f"w{chr(97 + n % 26)}{chr(97 + n // 26)} {' '.join(str(n + k / 8) for k in range(12))}\n" for n in range(40)
    )
    (tmp_path / "codes.txt").write_text(words)
    guessed = load(DataConfig(source=str(tmp_path / "codes.txt")))
    assert guessed.description.sample_names[0] == "waa"
    table = load(DataConfig(source=str(tmp_path / "codes.txt"), read_as="table", header="no"))
    assert table.report.format.startswith("table")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xyz", b"", "the file is empty"),
        ("a.xyz", b"\x00\x01\x02" * 100, "a binary file of an unknown format"),
        ("a.nwk", b"((a:1,b:2):3,c:4);", "a text in which no table is recognized; set data.read_as"),
        ("folder/a.abc", b"1", "a folder with 1 file of type .abc"),
    ],
)
def test_what_is_not_recognized_is_described(tmp_path, name, content, message):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        load(DataConfig(source=str(path if path.parent == tmp_path else path.parent)))
    assert "\n" not in str(error.value)
