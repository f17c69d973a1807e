"""Bad input: what was found, what was expected, what to do next."""

from datetime import UTC, datetime

import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.events.guess import guess_columns
from pmlib.sources.events.load import load_events

HEAD = "user_id,event,ts\n"
BAD = {
    "header only": (HEAD, "has a header but no rows"),
    "a column twice": ("user_id,event,ts,event\nu,a,2026-03-01T12:00:00Z,b\n", "has the column 'event' twice"),
    "twice but for capitals": (
        "user_id,event,ts,Event\nu,a,2026-03-01T12:00:00Z,b\n",
        "'Event' and 'event'|'event' and",
    ),
    "no header": ("u,a,2026-03-01T12:00:00Z\nu,a,2026-03-01T13:00:00Z\n", "first line of log.csv holds values"),
    "no user at all": (HEAD + ",a,2026-03-01T12:00:00Z\n,b,2026-03-01T12:00:00Z\n", "no user in any of its 2 rows"),
    "no event at all": (HEAD + "u,,2026-03-01T12:00:00Z\n", "no event in any of its 1 rows: 'event' is empty"),
    "no time at all": (HEAD + "u,a,\n", "no time in any of its 1 rows: 'ts' is empty"),
    "no times": (HEAD + "u,a,soon\nu,b,later\n", "No value in 'ts' of log.csv can be read as a time"),
    "naive times": (HEAD + "u,a,2026-03-01 12:00:00\n", 'Say which zone they are in: times="Europe/Berlin"'),
    "mixed zones": (HEAD + "u,a,2026-03-01 12:00:00\nu,a,2026-03-01T12:00:00Z\n", "mixes 1 times with a zone and 1"),
    "day or month": (HEAD + "u,a,03/11/2026\n", "does not show whether 03/11/2026 is 3 November or 11 March"),
    "nothing left": (
        HEAD + "u,,2026-03-01T12:00:00Z\n,a,2026-03-01T12:00:00Z\n",
        "of 2 rows read, 1 no user, 1 no event",
    ),
    "all broken": (HEAD + "u,a\nv,b\n", "None of the 2 lines of log.csv splits into its columns"),
    "unknown": ("a,b\n1,2\n", "is in no known form of events"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_words(tmp_path, case):
    text, message = BAD[case]
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_events(tmp_path / "log.csv")


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        load_events(tmp_path / "log.csv")
    (tmp_path / "log.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="empty"):
        load_events(tmp_path / "log.csv")
    with pytest.raises(InputError, match="is a directory"):
        load_events(tmp_path)
    (tmp_path / "log.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="no readable Parquet file"):
        load_events(tmp_path / "log.parquet")
    (tmp_path / "log.jsonl").write_text("no json\n", encoding="utf-8")
    with pytest.raises(InputError, match="JSON"):
        load_events(tmp_path / "log.jsonl")
    (tmp_path / "log.duckdb").write_bytes(b"not a database at all")
    with pytest.raises(InputError, match="cannot be opened as a DuckDB file"):
        load_events(tmp_path / "log.duckdb")
    (tmp_path / "log.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="is a workbook"):
        load_events(tmp_path / "log.xlsx")
    with pytest.raises(InputError, match="is no table"):
        load_events(5)


def test_wrong_settings(tmp_path):
    (tmp_path / "log.csv").write_text(HEAD + "u,a,2026-03-01T12:00:00Z\n", encoding="utf-8")
    with pytest.raises(SettingError, match="Did you mean 'Europe/Berlin'"):
        load_events(tmp_path / "log.csv", timezone="Europe/Berln")
    with pytest.raises(SettingError, match="as_of = 'tomorow' is no day"):
        load_events(tmp_path / "log.csv", as_of="tomorow")
    with pytest.raises(SettingError, match=r"as_of = 'Today' is no day\. .*up to yesterday.* Did you mean 'today'\?"):
        load_events(tmp_path / "log.csv", as_of="Today")
    for odd in (None, 5, "9999-12-31", "0001-01-01", datetime.max.replace(tzinfo=UTC)):
        with pytest.raises(
            SettingError, match=r"as_of = .* is (no day|not between the years 1900 and 2200)\. Use data"
        ):
            load_events(tmp_path / "log.csv", as_of=odd, timezone="Asia/Tokyo")
    with pytest.raises(SettingError, match=r"table = 'x' is for DuckDB files, and log\.csv is none"):
        load_events(tmp_path / "log.csv", table="x")
    with pytest.raises(InputError, match=r"of 1 rows read, 1 after the last day counted"):
        load_events(tmp_path / "log.csv", as_of="2026-02-28")
    with pytest.raises(InputError, match=r"has no column 'user_di'.*Did you mean 'user_id'\?"):
        load_events(tmp_path / "log.csv", columns={"user_id": "user_di"})


def test_a_refusal_proposes_columns_by_content(tmp_path):
    lines = [f"k{n % 7},{'geöffnet' if n % 3 else 'gekauft'},{n % 28 + 1:02}.03.2026 12:00" for n in range(60)]
    (tmp_path / "log.csv").write_text("\n".join(["Kennung,Was,Wann", *lines]), encoding="utf-8")
    with pytest.raises(InputError, match=r'columns=\{"user_id": "Kennung", "event": "Was", "ts": "Wann"\}'):
        load_events(tmp_path / "log.csv")


FOREIGN = {
    "German": ("Kundennummer;Plattform;Vorgang;Zeitpunkt", ("Kundennummer", "Vorgang", "Zeitpunkt")),
    "French": ("utilisateur;plateforme;événement;horodatage", ("utilisateur", "événement", "horodatage")),
    "Spanish": ("usuario;plataforma;acción;fecha", ("usuario", "acción", "fecha")),
    "Portuguese": ("utilizador;plataforma;ação;data", ("utilizador", "ação", "data")),
    "Italian": ("utente;piattaforma;azione;orario", ("utente", "azione", "orario")),
    "Dutch": ("klant;platform;handeling;tijdstip", ("klant", "handeling", "tijdstip")),
    "none": ("a;b;c;d", ("a", "c", "d")),
}


@pytest.mark.parametrize("language", FOREIGN)
def test_guesses_for_foreign_headers(tmp_path, language):
    # 40 users start with "anmelden", come back on the days after, and every second books and stays four weeks.
    header, columns = FOREIGN[language]
    lines = []
    for user in range(40):
        loyal = user % 2
        steps = [("anmelden", 1), ("sitzung", 1)] + [("sitzung", day) for day in ((2, 9, 16, 25) if loyal else (2,))]
        steps += [("buchung", 3)] if loyal else [("suche", 3)]
        platform = "ios" if user % 3 else "web"
        lines += [
            f"{user:05};{platform};{event};{day:02}.01.2026 10:{place:02}" for place, (event, day) in enumerate(steps)
        ]
    lines += [f"{user:05};ios;sitzung;{day:02}.02.2026 10:00" for user in (0, 1) for day in range(1, 28)]
    (tmp_path / "log.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    guess = guess_columns(tmp_path / "log.csv")
    assert guess.columns == dict(zip(("user_id", "event", "ts"), columns, strict=True))
    assert (guess.naive, guess.start, guess.action) == (True, "anmelden", "buchung")
    assert set(guess.why) == {"user_id", "event", "ts", "start", "action"}


def test_guess_for_purchases(tmp_path):
    lines = [f"{n % 9:05},{20260101 + n % 28},{n}.50" for n in range(60)]
    (tmp_path / "buys.csv").write_text("\n".join(["customer_id,date,dollar_value", *lines]), encoding="utf-8")
    guess = guess_columns(tmp_path / "buys.csv")
    assert guess.columns == {"user_id": "customer_id", "event": "='purchase'", "ts": "date"}
    assert not guess.naive


def test_guess_leaves_a_known_form_alone(tmp_path):
    (tmp_path / "log.csv").write_text(HEAD + "u,a,2026-03-01T12:00:00Z\n", encoding="utf-8")
    guess = guess_columns(tmp_path / "log.csv")
    assert (guess.columns, guess.form, guess.naive, guess.start) == ({}, "plain events", False, "a")


def test_guess_says_what_it_could_not_find(tmp_path):
    (tmp_path / "log.csv").write_text("x,y\n1.5,2.5\n3.5,4.5\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"No column of log.csv looks like user_id or event or ts"):
        guess_columns(tmp_path / "log.csv")
