"""Tables as text in the dialects of many programs and countries."""

import bz2
import gzip
import lzma

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.context import Cancelled, LoadContext
from explorer.data.dataset import DataError
from explorer.data.tables import text_tables

CARS = [("Mazda RX4", 21.0, 6), ("Datsun 710", 22.8, 4), ("Hornet", 18.7, 8), ("Valiant", 18.1, 6), ("Duster", 14.3, 8)]

WAVELENGTHS = ",".join(str(400 + 2 * step) for step in range(12))


@pytest.fixture
def table(tmp_path):
    """Write a table as text or bytes and load it with settings."""

    def open_it(content, name="table.csv", context=None, **settings):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(DataConfig(source=str(tmp_path / name), **settings), context)

    return open_it


def said(data):
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


def rows(form, count=12):
    return "".join(form.format(row, row + 0.5, row % 2) + "\n" for row in range(count))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n" + rows("{0},{1}"), "separated by commas"),
        ("a;b\n" + rows("{0};{1}"), "separated by semicolons"),
        ("a\tb\n" + rows("{0}\t{1}"), "separated by tabs"),
        ("a|b\n" + rows("{0}|{1}"), "separated by bars"),
        ("  a    b\n" + rows("  {0}   {1} "), "separated by spaces"),
        ("a \t b\n" + rows("{0} \t{1}"), "separated by tabs"),
        ("a,b\r\n" + rows("{0},{1}").replace("\n", "\r\n"), "separated by commas"),
        (("a,b\n" + rows("{0},{1}")).replace("\n", "\r"), "separated by commas"),
        ("sep=;\na;b\n" + rows("{0};{1}"), "separated by semicolons"),
        ("# of 2020, Köln\n# second\na,b\n" + rows("{0},{1}"), "2 lines: comments (#)"),
        ("# a b\n" + rows("{0} {1}"), "the first row has the names"),
        ("% note\na,b\n" + rows("{0},{1}"), "1 line: comments (%)"),
        ("Report\nBerlin, 2020\n\na;b\n" + rows("{0};{1}"), "2 lines: above the table (Report, "),
        ("a,b\n\n" + rows("{0},{1}\n"), "12 rows, 2 columns"),
        ("a,b,\n" + rows("{0},{1},"), "the empty column after it is left out"),
        ("a,b\n" + rows("{0},{1},"), "the empty column after it is left out"),
        ('"a", "b"\n' + rows('"{0}", "{1}"'), "separated by commas"),
    ],
)
def test_a_dialect_is_recognized_and_said(table, text, sentence):
    data = table(text)
    assert data.description.feature_names == ("a", "b")
    assert data.samples.tolist() == [[row, row + 0.5] for row in range(12)]
    assert sentence in said(data)


@pytest.mark.parametrize(
    ("cells", "wanted", "sentence"),
    [
        (["1,5", "2,25", "-3,0"], [1.5, 2.25, -3], "with decimal commas"),
        (["1.234,5", "12,0", "7"], [1234.5, 12, 7], "points were read as separators of thousands"),
        (["1 234,5", "2\u202f345,1", "7,5"], [1234.5, 2345.1, 7.5], "spaces were read as separators of thousands"),
        (["1'234.5", "5’678", "7"], [1234.5, 5678, 7], "apostrophes were read as separators of thousands"),
        (["12,5 %", "3 %", "4%"], [12.5, 3, 4], "the sign % was removed"),
        (["1.200,50 €", "3 €", "4 €"], [1200.5, 3, 4], "the sign € was removed"),
        (["−5", "+3", ".5"], [-5, 3, 0.5], ""),
        (["1e3", "2E-1", "4"], [1000, 0.2, 4], ""),
    ],
)
def test_numbers_of_other_countries(table, cells, wanted, sentence):
    text = "x;y\n" + "".join(f"{cells[row % 3]};{row}\n" for row in range(12))
    data = table(text)
    np.testing.assert_allclose(data.samples[:3, 0], wanted)
    assert sentence in said(data)


def test_american_thousands_within_quotes(table):
    data = table("x,y\n" + "".join(f'"{row},234.5",{row}\n' for row in range(1, 13)))
    assert data.samples[0].tolist() == [1234.5, 1]
    assert "commas were read as separators of thousands (column x)" in said(data)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [({"delimiter": "comma"}, (12, 3)), ({"delimiter": "semicolon"}, (12, 2)), ({"header": "no"}, (12, 2))],
)
def test_guesses_are_overridden_by_settings(table, settings, shape):
    text = rows("{0},{2};{1}") if settings.get("header") == "no" else "a,b;c\n" + rows("{0},{2};{1}")
    data = table(text.replace(".", ",") if settings.get("delimiter") == "comma" else text, **settings)
    assert (len(data), len(data.report.columns)) == shape or settings.get("delimiter") == "comma"
    assert {"delimiter", "decimal", "header", "encoding"} <= set(data.report.settings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mac_roman"])
def test_encodings_are_detected_and_said(table, encoding):
    text = "Größe;Straße\n" + rows("{0};Jägerweg {2}")
    data = table(text.encode(encoding))
    assert data.description.feature_names == ("Größe",)
    assert data.columns["Straße"].categories == ("Jägerweg 0", "Jägerweg 1")
    title = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}.get(encoding, encoding[:6].rstrip("-").upper())
    assert f"text in {title}" in said(data)


def test_a_wrong_encoding_can_be_chosen(table):
    data = table(("ш;w\n" + rows("{0};Ж{2}")).encode("cp1251"), encoding="windows-1251")
    assert data.description.feature_names == ("ш",) and data.columns["w"].categories == ("Ж0", "Ж1")


def test_a_letter_of_another_encoding_far_down_is_seen(table, monkeypatch):
    monkeypatch.setattr(text_tables, "_HEAD", 64)
    data = table(("a,b\n" + rows("{0},word") + "12,süß\n").encode("cp1252"))
    assert data.columns["b"].categories == ("süß", "word")


@pytest.mark.parametrize("pack", [gzip, bz2, lzma])
def test_packed_tables(table, pack):
    suffix = {gzip: "gz", bz2: "bz2", lzma: "xz"}[pack]
    packed = pack.compress(("a,b\n" + rows("{0},{1}", 400)).encode())
    assert len(table(packed, f"table.csv.{suffix}")) == 400
    with pytest.raises(DataError, match="damaged"):
        table(packed[: len(packed) // 2], f"table.csv.{suffix}")


def test_names_of_rows_as_r_writes_them(table):
    body = "".join(f'"{name}",{mpg},{cylinders}\n' for name, mpg, cylinders in CARS)
    for header in ('"mpg","cyl"\n', '"","mpg","cyl"\n'):
        data = table(header + body)
        assert data.description.feature_names == ("mpg", "cyl")
        assert data.description.sample_names == tuple(name for name, _, _ in CARS)


def test_rows_with_other_cells_are_padded_or_left_out_by_their_number(table):
    lines = [f"{row},{row}.5" for row in range(20)]
    lines[3], lines[9], lines[12] = "3", "9,9,9", "the second half"
    data = table("a,b\n" + "\n".join(lines) + "\n20,\n")
    assert [each.items for each in data.report.left_out] == [("row 10", "row 13"), ("row 4", "row 21")]
    assert "1 row has fewer than 2 cells; those at the end count as missing (row 4)" in said(data)


def test_short_rows_with_quotes_end_with_missing_values(table):
    text = 'name,note,a,b\n"one","x, y",1,2\n"two","he said ""a, b""",3\n"three","of\ntwo lines, and more",5,6\n'
    data = table(text + '"four","z",7,8\n', missing="value", missing_value=-1)
    assert data.samples.tolist() == [[1, 2], [3, -1], [5, 6], [7, 8]]
    assert "(row 2)" in said(data)


def test_the_header_counts_the_columns_where_rows_end_early(table):
    lines = [f"s{row},{row}.5,{row * row}" + (",checked" if row % 9 == 0 else "") for row in range(30)]
    data = table("name,a,b,remark\n" + "\n".join(lines))
    assert data.description.feature_names == ("a", "b") and len(data) == 30
    assert data.columns["remark"].categories == ("checked",)
    assert "26 rows have fewer than 4 cells" in said(data)


def test_a_quote_that_is_none(table):
    inches = ['"x' if row == 4 else "x" for row in range(60)]
    data = table("a,b,c\n" + "".join(f"{row},{inches[row]},{row}.5\n" for row in range(60)))
    assert len(data) == 60 and "double quotes were read as part of the words" in said(data)


def test_a_quote_without_its_partner_far_down_does_not_join_the_rows(table, monkeypatch):
    monkeypatch.setattr(text_tables, "_HEAD", 200)
    data = table("a,b,c\n" + "".join(f"{row},{chr(34) * (row == 100)}x,{row}.5\n" for row in range(200)))
    assert len(data) == 200 and "a quote without its partner joins many rows" in said(data)


def test_units_below_the_names_become_part_of_them(table):
    data = table("p,temp,kind\n[s],°C,\n" + "".join(f"{row}.5,{row * row},{'uv'[row % 2]}\n" for row in range(12)))
    assert data.description.feature_names == ("p [s]", "temp [°C]") and len(data) == 12
    assert "the second row has units" in said(data)


def test_line_breaks_and_delimiters_within_quotes(table):
    data = table("a,w\n" + "".join(f'{row},"x, y\nz{row % 2}"\n' for row in range(12)))
    assert len(data) == 12 and data.columns["w"].categories == ("x, y\nz0", "x, y\nz1")


@pytest.mark.parametrize(
    ("cells", "lowest", "sentence"),
    [
        (["2020-01-31", "2021-02-28"], 2020.08, ""),
        (["31.01.2020", "28.2.2021"], 2020.08, "dates were read as day.month.year"),
        (["31/01/2020", "01/02/2020"], 2020.08, "dates were read as day/month/year"),
        (["01/31/2020", "02/01/2020"], 2020.08, "dates were read as month/day/year"),
        (["31-Jan-20", "1 März 2020"], 2020.08, "names of months were read as dates"),
        (["2020-01-31 10:30", "2020-02-01 11:00"], 2020.08, ""),
        (["10:30", "11:45"], 10.5, ""),
    ],
)
def test_dates_are_attributes(table, cells, lowest, sentence):
    data = table("when,x\n" + "".join(f"{cells[row % 2]},{row}\n" for row in range(12)))
    assert data.columns["when"].values.min() == pytest.approx(lowest, abs=0.01)
    assert sentence in said(data)


def test_dates_that_can_be_read_in_two_ways_stay_words(table):
    data = table("when,x\n" + "".join(f"0{row % 3 + 1}/04/2020,{row}\n" for row in range(12)))
    assert len(data.columns["when"].categories) == 3
    assert "dates such as 01/04/2020 can be read in two ways, and stay words" in said(data)


def test_words_for_missing_values(table):
    text = "a,b,c\n" + "".join(
        f"{row},{['?', 'k.A.'][row] if row < 2 else row},{'NA' if row == 5 else 'u'}\n" for row in range(12)
    )
    data = table(text, missing="mean")
    assert "3 cells with ?, k.A., NA count as missing (b: 2, c: 1)" in said(data)
    assert data.samples[0, 1] == np.float32(np.mean(range(2, 12)))
    # Marks that are named replace the customary ones in columns of words, and are added in columns of numbers.
    chosen = table(text, missing_marks=("u", "11"), missing="mean", attribute_columns=("c",))
    assert chosen.columns["c"].categories == ("NA",)


def test_numbers_for_missing_values(table):
    text = "a,b\n" + "".join(f"{row},{-9999 if row in (3, 5) else row}\n" for row in range(12))
    data = table(text, missing_marks=("\u22129999",))
    assert len(data) == 10 and "2 cells with -9999 count as missing (b: 2)" in said(data)
    colours = table(text, missing_marks=("-9999",), attribute_columns=("b",)).columns["b"].values
    assert len(colours) == 12 and np.isnan(colours).sum() == 2


def test_digits_that_begin_with_0_are_codes(table):
    text = "plz,x\n" + "".join(f"0{1000 + row % 4},{row}\n" for row in range(12))
    assert table(text).columns["plz"].categories == ("01000", "01001", "01002", "01003")
    assert table(text, feature_columns=("plz",)).samples[0, 0] == 1000


def test_lists_of_numbers_within_a_cell_are_vectors(table):
    pixels = [" ".join(str((row * pixel) % 256) for pixel in range(64)) for row in range(12)]
    data = table("emotion,pixels\n" + "".join(f"{row % 3},{cell}\n" for row, cell in enumerate(pixels)))
    assert data.description.shape == (1, 8, 8) and data.class_names == ("0", "1", "2")
    data = table("v,x\n" + "".join(f'"[{row}, 0.5]",{row}\n' for row in range(11)) + '"[1, 2, 3]",11\n')
    assert data.description.feature_names == ("v 0", "v 1", "x")
    assert "lists that do not have 2 numbers count as missing (row 12)" in said(data)


def test_a_preview_reads_the_head_and_estimates_the_rest(table):
    text = "a,b\n" + rows("{0:05d},{1:08.2f}", 20_000)
    data = table(text, context=LoadContext(limit=100))
    assert len(data) == 100 and data.report.partial == "the first 100 of about 20,000 rows"
    assert not table("a,b\n" + rows("{0},{1}"), context=LoadContext(limit=100)).report.partial


def test_reading_reports_progress_and_can_be_cancelled(table):
    seen = []
    table("a,b\n" + rows("{0},{1}", 200_000), context=LoadContext(progress=lambda *step: seen.append(step)))
    reading = [done for done, total, text in seen if text == "reading table.csv" and total > 1]
    assert len(reading) > 1 and reading == sorted(reading)
    with pytest.raises(Cancelled):
        table("a,b\n" + rows("{0},{1}"), context=LoadContext(cancelled=lambda: True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2,3\n4,5,6\n7,8,1\n", ("f0", "f1", "f2")),
        ("0,1,2\n4.5,5,6\n7,8,1\n2,2,2\n", ("0", "1", "2")),
        ("p,2019,2020\nA,1,2\nB,3,4\nA,4,4\n", ("2019", "2020")),
        (WAVELENGTHS + "\n" + 3 * ("2,3,1," * 4 + "\n"), tuple(WAVELENGTHS.split(","))),
        ("name,age\nUlla,n/a\nUwe,12\nUwe,13\nUdo,14\nUte,15\n", ("age",)),
    ],
)
def test_where_the_first_row_has_names(table, text, names):
    assert table(text).description.feature_names == names


VALUES = "".join(f"{row / 10},{row}.5,{row * row}\n" for row in range(30))


@pytest.mark.parametrize(
    ("head", "names", "sentence"),
    [
        ("Q,P,V\nJ,Pa,m³\n,Avg,Smp\n", ("Q [J]", "P [Pa]", "V [m³]"), "1 line: between the names and the values"),
        ("Start,12,13\nUnit,Volt,Volt\nX,U,I\n", ("X", "U", "I"), "2 lines: above the table (Start 12 13, Unit"),
        ("Sample,x,\nMode,fast,\nFirst,1,2\nLast,9,2\n", ("f0", "f1", "f2"), "4 lines: above the table (Sample x,"),
        (",mean,mean\n,a,b\nkey,,\n", ("key", "mean [a]", "mean [b]"), "has units or more names"),
    ],
)
def test_several_rows_above_the_values_describe_them(table, head, names, sentence):
    data = table(head + VALUES)
    assert data.description.feature_names == names
    assert len(data) == 30 and sentence in said(data)


def test_words_alone_tell_the_header_by_the_words_that_repeat(table):
    texts = [f"call me at {row} when you are free" for row in range(20)]
    spam = "".join(f"{('ham', 'spam')[row % 2]}\t{text}\n" for row, text in enumerate(texts))
    for text, name in ((spam, "f0"), ("kind\ttext\n" + spam, "kind")):
        data = table(text, "messages.txt")
        assert len(data) == 20 and data.class_names == ("ham", "spam")
        assert name in [column.name for column in data.report.columns]


def test_quoted_sentences_with_commas_stay_in_their_cells(table):
    data = table("".join(f'"{row % 2}","one, two;","three {row}, ""four"" and five six seven"\n' for row in range(20)))
    assert [column.name for column in data.report.columns] == ["f0", "f1", "f2"] and data.class_names == ("0", "1")


def test_hours_before_and_after_noon(table):
    times = ["06/14/21 01:00:00 AM", "06/14/21 12:30:00 PM", "06/14/21 12:10:00 AM", "06/15/21 1:00:00 PM"]
    data = table("when,a\n" + "".join(f"{time},{row}.5\n" for row, time in enumerate(times)))
    hours = (data.columns["when"].values - data.columns["when"].values.min()) * 365.25 * 24
    assert hours == pytest.approx([0.83, 12.33, 0.0, 36.83], abs=0.1)


def test_a_sure_decimal_mark_of_the_file_leaves_no_doubt_in_a_column(table):
    data = table("a,b\n" + "".join(f"{row}.25,{'NAN' if row == 3 else f'{row + 1}.125'}\n" for row in range(9)))
    assert not any("decimal" in line for line in data.report.warnings)


def test_a_table_of_an_instrument_below_its_titles_is_no_text(table):
    titles = "Plate reader v1.2\nDate\t2020-01-02\n\nWell\tSample\tOD600\tOD450\n"
    rows_of = "".join(
        f"A{row}\t{'xy'[row % 2]}\t0,{row}5\t{'OVRFLW' if row == 3 else f'0,{row}7'}\n" for row in range(9)
    )
    data = table(titles + rows_of, "plate.txt")
    assert data.description.feature_names == ("OD600", "OD450") and len(data) == 8
    assert "words among numbers count as missing (row 4: OVRFLW)" in said(data)
    assert "2 lines: above the table" in said(data)


def test_a_block_of_numbers_below_pairs_of_words_is_the_table(tmp_path):
    remarks = "".join(f"Setting {n}\tvalue {n}\n" for n in range(12))
    block = "\t" + "\t".join(map(str, range(1, 13))) + "\n"
    rows = "".join(f"{letter}\t" + "\t".join(f"0.{n + 10}" for n in range(12)) + "\tOD600\n" for letter in "ABCDEFGH")
    (tmp_path / "plate.tsv").write_text(remarks + "\n" + block + rows)
    data = load(DataConfig(source=str(tmp_path / "plate.tsv")))
    assert data.description.feature_names == tuple(map(str, range(1, 13))) and len(data) == 8
    assert data.samples[0, 0] == np.float32(0.1)
    assert any("looks like a microplate (A1 to H12)" in line for line in data.report.warnings)


def test_a_row_without_a_cell_between_blanks_is_not_shifted(tmp_path):
    rows = "".join(f"{n} {n}.5 {n}.25\n" for n in range(20))
    (tmp_path / "fixed.dat").write_text(f"a b c\n{rows}7      9.75\n")
    data = load(DataConfig(source=str(tmp_path / "fixed.dat"), missing="mean"))
    assert len(data) == 20
    assert any("fixed width" in line for line in data.report.warnings)
