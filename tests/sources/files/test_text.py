"""Encodings, separators and decimal commas, on bytes made here."""

import codecs
import gzip
from pathlib import Path

import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.events import load_events
from pmlib.sources.files.text import decimal_comma, encoding_of, number, read, separator, utf8
from pmlib.sources.units import load_units

GERMAN = "Größe;Straße\nMünchen;„schön“ – 5 €\n"
FRENCH = "nom;ville\nÉlise;Orléans, là-bas à Noël\n"
SPANISH = "¿Qué?;día\nmañana;canción\n"
ENGLISH = "name,said\nAda,I don’t know — “maybe”…\n"


def wrote(folder: Path, data: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH, ENGLISH, "it’s\n", "naïve\n", "20 °C\n", "São João\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac-roman"])
def test_text_comes_back_as_it_was_written(tmp_path: Path, text: str, encoding: str) -> None:
    path = wrote(tmp_path, text.encode(encoding))
    if encoding in {"utf-16-le", "utf-16-be"} and text.endswith("\n") and len(text) < 4:
        pytest.skip("too short to have a pattern")
    assert encoding_of(path) == encoding
    assert read(path) == text
    assert utf8(path).read_bytes().decode("utf-8-sig") == text


def test_utf8_is_used_where_it_lies(tmp_path: Path) -> None:
    plain = wrote(tmp_path, GERMAN.encode())
    marked = wrote(tmp_path, codecs.BOM_UTF8 + GERMAN.encode(), "b.csv")
    packed = wrote(tmp_path, gzip.compress(GERMAN.encode()), "c.csv.gz")
    assert [utf8(path) for path in (plain, marked, packed)] == [plain, marked, packed]
    assert read(marked) == read(packed) == GERMAN


def test_a_gzipped_file_in_another_encoding_becomes_a_plain_copy(tmp_path: Path) -> None:
    copy = utf8(wrote(tmp_path, gzip.compress(GERMAN.encode("cp1252")), "c.csv.gz"))
    assert copy.read_text(encoding="utf-8") == GERMAN
    assert copy.suffix == ".csv"


def test_a_gzipped_file_under_a_plain_name_is_unpacked(tmp_path: Path) -> None:
    path = wrote(tmp_path, gzip.compress(GERMAN.encode()), "c.csv")
    assert utf8(path).read_text(encoding="utf-8") == GERMAN


def test_a_character_across_two_chunks_is_whole(tmp_path: Path) -> None:
    text = "a" * ((1 << 20) - 1) + "é" + "b" * 10
    assert read(wrote(tmp_path, text.encode())) == text
    wide = "a" * ((1 << 19) - 1) + "\N{GRINNING FACE}" + "b"
    assert read(wrote(tmp_path, wide.encode("utf-16"))) == wide


@pytest.mark.parametrize(
    ("data", "readings"),
    [
        ("Привет, мир".encode("cp1251"), "'Ïðèâåò' (cp1252) or "),
        ("Zażółć gęślą jaźń".encode("cp1250"), "'Za¿ó³æ' (cp1252)"),
        ("one—two things".encode("cp1252"), "'one—two' (cp1252) or 'oneótwo' (mac-roman)"),
    ],
)
def test_what_cannot_be_told_is_refused_with_both_readings(tmp_path: Path, data: bytes, readings: str) -> None:
    with pytest.raises(InputError, match="encoding cannot be told") as error:
        encoding_of(wrote(tmp_path, data))
    assert readings in str(error.value)
    assert "Set encoding" in str(error.value)


def test_a_given_encoding_is_taken_and_checked(tmp_path: Path) -> None:
    path = wrote(tmp_path, "Привет".encode("cp1251"))
    assert read(path, "cp1251") == "Привет"
    assert utf8(path, "cp1251").read_text(encoding="utf-8") == "Привет"
    with pytest.raises(InputError, match="is not utf-8: byte 0xcf near line 1"):
        utf8(path, "utf-8")
    with pytest.raises(SettingError, match="Did you mean 'mac-roman'"):
        read(path, "mac-romen")


def test_damaged_utf8_is_not_read_as_windows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="UTF-8 with damaged places"):
        encoding_of(wrote(tmp_path, "schön müde ".encode() + b"br\xfcde"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "workbook"),
        (b"PAR1rest", "Parquet"),
        (b"\x00\x01\x02\x00\x00\x07abc", "zero bytes"),
        (gzip.compress(b"a,b\n" * 999, mtime=0)[:-9], "damaged gzip"),
    ],
)
def test_what_is_no_text_says_so(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        encoding_of(wrote(tmp_path, data))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\nx, y\tz, w\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("only\n1\n2\n", ","),
        ('"Tools, used?";Age\n"a;b\nc, d";3\n"e ""f"" g, h";4\n', ";"),
        ('id,note\n1,5" screen; fine\n2,"a; b; c"\n', ","),
        ("a;b\r\n1;2\r\n", ";"),
    ],
)
def test_the_separator_is_the_one_that_splits_evenly(tmp_path: Path, text: str, sign: str) -> None:
    assert separator(wrote(tmp_path, text.encode())) == sign


def test_two_separators_that_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"by comma or by semicolon, equally well. Set separator"):
        separator(wrote(tmp_path, b"a,b;c\n1,2;3\n"))


@pytest.mark.parametrize("first", ["sep=;", "SEP=,", '"sep=;"', "\ufeffsep=;\r"])
def test_a_line_that_only_excel_reads_is_named(tmp_path: Path, first: str) -> None:
    with pytest.raises(InputError, match=r"begins with the line '\"?(?i:sep)=[;,]\"?', which only Excel reads"):
        separator(wrote(tmp_path, f"{first}\na;b\n1;2\n".encode()))


@pytest.mark.parametrize(
    ("values", "comma"),
    [
        (["1.234,56", "3,5"], True),
        (["3,5", "1.234"], True),
        (["0,125"], True),
        (["1.234.567"], True),
        (["1,234.56"], False),
        (["12.5", "1,234"], False),
        (["1,234,567"], False),
        (["1.234", "5.678"], False),
        (["7", "", "n/a"], False),
        (["12,5 %", "\N{MINUS SIGN}3,25"], True),
    ],
)
def test_the_decimal_mark(values: list[str], comma: bool) -> None:
    assert decimal_comma(values) is comma


def test_undecided_decimal_marks_are_refused() -> None:
    with pytest.raises(InputError, match=r"Column 'spend' has '1,234', which can be thousands or decimals"):
        decimal_comma(["1,234", "5"], column="spend")
    with pytest.raises(InputError, match=r"mixes decimal commas \('3,5'\) and decimal points \('3.5'\)"):
        decimal_comma(["3,5", "3.5"])


def test_numbers_with_marks() -> None:
    assert [number(text) for text in ("1,234.5", " 7 ", "1e3", "12 345", "1,23", "", "2024-01-01")] == [
        1234.5,
        7.0,
        1000.0,
        12345.0,
        None,
        None,
        None,
    ]
    assert number("\N{MINUS SIGN}1'234,5", comma=True) == -1234.5


ENDS = {
    "head apart": lambda at: "\n" if at == 0 else "\r\n",
    "rows apart": lambda at: "\r\n" if at == 0 else "\n",
    "one apart": lambda at: "\n" if at == 250 else "\r\n",
    "old Mac": lambda at: "\r" if at < 40 else "\n",
    "all three": lambda at: ("\r", "\n", "\r\n")[at % 3],
}


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("packed", [False, True])
def test_no_row_is_lost_where_lines_end_in_several_ways(tmp_path: Path, ends: str, quote: str, packed: bool) -> None:
    rows = ["user_id,arm,x", *(f"u{at},{quote}{'ab'[at % 2]}{quote},{at}" for at in range(500))]
    data = "".join(row + ENDS[ends](at) for at, row in enumerate(rows)).encode()
    path = wrote(tmp_path, gzip.compress(data) if packed else data, "t.csv.gz" if packed else "t.csv")
    found = load_units(path)
    row = found.query("SELECT count(*) AS n, sum(x) AS total, count(DISTINCT arm) AS arms FROM units").one()
    assert (found.origin.ledger.read, *row) == (500, 500, 124_750, 2)


def test_events_are_read_whatever_their_lines_end_in(tmp_path: Path) -> None:
    rows = [f"u{at % 9},open,2026-05-0{at % 8 + 1}T10:00:{at:02d}Z\r\n" for at in range(60)]
    path = wrote(tmp_path, ("user_id,event,ts\n" + "".join(rows)).encode())
    assert load_events(path).origin.ledger.kept == 60
    spaces = wrote(tmp_path, b"user_id arm x\nu1 a 1\r\nu2 b 2\r\nu3 b 5\n", "s.txt")
    assert load_units(spaces).query("SELECT sum(x) AS x FROM units").one().x == 8


def test_a_line_break_inside_quotes_stays_where_rows_end_otherwise(tmp_path: Path) -> None:
    path = wrote(tmp_path, b'id,arm,said\r\n1,a,"one\ntwo"\r\n2,b,"three"\r\n')
    said = load_units(path).query("SELECT said FROM units ORDER BY unit").column("said")
    assert said == ["one\ntwo", "three"]


def test_line_ends_across_two_chunks_are_one(tmp_path: Path) -> None:
    row = b"a" * ((1 << 20) - 1) + b"\r\n"
    alike = wrote(tmp_path, row * 3)
    assert utf8(alike) == alike
    mixed = wrote(tmp_path, row * 2 + b"b\n", "m.csv")
    assert utf8(mixed).read_bytes() == (row.replace(b"\r", b"") * 2 + b"b\n")
    old = wrote(tmp_path, b"a\rb\r", "o.csv")
    assert utf8(old) == old
