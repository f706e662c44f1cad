"""Tables are written in many dialects and read again: every value comes back, or the report names the difference."""

import csv
import datetime
import io
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.config import DataConfig
from explorer.data.catalog import load

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
WORDS = ("rot", "grün", "süß", "blau, hell", 'ein "Wort"', "Köln; West")
FIRST_DAY = datetime.date(2020, 1, 1)


@dataclass(frozen=True)
class Written:
    """A table as it was written: the values by column, and how."""

    columns: dict[str, list]
    kinds: dict[str, str]
    delimiter: str
    decimal: str
    encoding: str
    mark: str
    index: str
    line_end: str
    german_dates: bool

    def text(self) -> str:
        """Return the table as text."""
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=self.delimiter, lineterminator=self.line_end)
        count = len(next(iter(self.columns.values())))
        names = list(self.columns)
        writer.writerow({"none": [], "R": [], "pandas": [""], "id": ["id"]}[self.index] + names)
        for row in range(count):
            index = {"none": [], "R": [f"Zeile {row}"], "pandas": [str(row)], "id": [f"p{row * 7}"]}[self.index]
            writer.writerow(index + [self.cell(self.columns[name][row], self.kinds[name]) for name in names])
        return stream.getvalue()

    def cell(self, value: object, kind: str) -> str:
        """Return a value as it is written."""
        if value is None:
            return self.mark
        if kind == "number":
            return str(value).replace(".", self.decimal)
        if kind == "date":
            return value.strftime("%d.%m.%Y" if self.german_dates else "%Y-%m-%d")
        return str(value)


def _numbers(decimals: int) -> st.SearchStrategy[float]:
    return st.integers(-(10**6), 10**6).map(lambda value: round(value / 10**decimals, decimals))


_VALUES = {
    "whole": st.integers(-(10**6), 10**6),
    "word": st.sampled_from(WORDS),
    "yes": st.sampled_from(("ja", "nein")),
    "date": st.integers(0, 3000).map(lambda days: FIRST_DAY + datetime.timedelta(days=days)),
}


@st.composite
def tables(draw: st.DrawFn) -> Written:
    """Draw a table with at least one column of numbers, and few missing values."""
    count = draw(st.integers(8, 12))
    delimiter = draw(st.sampled_from(list(DELIMITERS)))
    decimals = st.just(".") if delimiter == "," else st.sampled_from(".,")
    kinds = ["number", *draw(st.lists(st.sampled_from(["number", *_VALUES]), min_size=1, max_size=4))]
    missing_rows = draw(st.sets(st.integers(0, count - 1), max_size=2))
    columns = {}
    for number, kind in enumerate(kinds):
        values = _VALUES[kind] if kind in _VALUES else _numbers(draw(st.integers(1, 4)))
        column = draw(st.lists(values, min_size=count, max_size=count))
        gaps = missing_rows if draw(st.booleans()) else set()
        columns[f"s{number}"] = [None if row in gaps else value for row, value in enumerate(column)]
    return Written(
        columns=columns,
        kinds=dict(zip(columns, kinds, strict=True)),
        delimiter=delimiter,
        decimal=draw(decimals),
        encoding=draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252"))),
        # Two spaces are one delimiter: an empty cell cannot be written between them.
        mark=draw(st.sampled_from(("NA", "n/a", "?") if delimiter == " " else ("", "NA", "n/a", "?"))),
        index=draw(st.sampled_from(("none", "R", "pandas", "id"))),
        line_end=draw(st.sampled_from(("\n", "\r\n"))),
        german_dates=draw(st.booleans()),
    )


def _as_number(value: object, kind: str) -> float:
    if value is None:
        return float("nan")
    return float(value == "ja") if kind == "yes" else float(value)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(written=tables())
def test_every_value_comes_back_or_is_named(tmp_path, written):
    path = tmp_path / "table.csv"
    path.write_bytes(written.text().encode(written.encoding))
    data = load(DataConfig(source=str(path)))
    report = data.report
    lines = [*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)]
    said = "\n".join(lines)
    roles = {column.name: column.role for column in report.columns}

    features = [name for name in written.columns if roles[name] == "feature"]
    wanted = {name for name, kind in written.kinds.items() if kind in ("number", "whole")}
    assert wanted <= set(features), said
    values = np.array(
        [[_as_number(value, written.kinds[name]) for value in written.columns[name]] for name in features]
    ).T
    kept = np.isfinite(values).all(axis=1)
    assert len(data) == kept.sum(), said
    assert data.description.feature_names == tuple(features)
    for number, name in enumerate(features):
        read = data.samples[:, number]
        if not np.allclose(read, values[kept, number].astype(np.float32), rtol=1e-6):
            assert any(name in line for line in (*report.changed, *report.warnings)), name

    _check_attributes(written, data, roles, kept)
    _check_sentences(written, report, said, features, kept)


def _check_attributes(written, data, roles, kept):
    """Check the columns that are no features: words and dates."""
    rows = np.flatnonzero(kept)
    for name, kind in written.kinds.items():
        values = [written.columns[name][row] for row in rows]
        if roles[name] != "attribute":
            continue
        column = data.columns[name]
        if kind == "date":
            years = [np.nan if value is None else value.year for value in values]
            np.testing.assert_array_equal(np.floor(column.values), years)
        else:
            read = [column.categories[int(code)] if code >= 0 else None for code in column.values]
            assert read == values


def _check_sentences(written, report, said, features, kept):
    """Check that the report names what was converted and left out."""
    left_out = np.flatnonzero(~kept)
    items = [item for each in report.left_out for item in each.items]
    assert items == [f"row {row + 1}" for row in left_out]
    assert f"cells are separated by {DELIMITERS[written.delimiter]}" in said
    assert {"cp1252": "Windows-1252", "utf-16": "UTF-16"}.get(written.encoding, "UTF-8") in said or said.isascii()
    gaps = [name for name, column in written.columns.items() if None in column]
    if written.mark and gaps:
        assert "missing" in said and all(name in said for name in gaps), said
    for name in features:
        if written.kinds[name] == "yes":
            assert f"column '{name}': ja became 1, nein became 0" in said
    if written.decimal == "," and any(written.kinds[name] == "number" for name in features):
        assert "decimal" in said
    if written.index in ("pandas", "R", "id"):
        assert report.columns[0].role in ("name", "ignored")
    if written.index in ("R", "id"):
        assert "names of samples" in said


@pytest.mark.parametrize("config_value", ["comma", "point"])
def test_a_number_that_can_be_read_in_two_ways_is_pointed_out_and_can_be_chosen(tmp_path, config_value):
    path = tmp_path / "table.csv"
    path.write_text("a;b\n" + "".join(f"{number},{number + 100};{number}\n" for number in range(1, 20)))
    warned = load(DataConfig(source=str(path))).report
    assert any("1,101 was read as 1.101" in line for line in warned.warnings)
    assert any(offer.setting == "decimal" for offer in warned.offers)
    data = load(DataConfig(source=str(path), decimal=config_value))
    assert data.samples[0, 0] == np.float32(1.101 if config_value == "comma" else 1101)
    assert not data.report.warnings
