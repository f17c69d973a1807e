"""Surveys in their three forms, small enough to count by hand."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.surveys.load import load_survey

PLAIN = """respondent,user_id,wave,answered_at,plan,How likely are you to recommend us?,What should we improve?
r1,u1,2026-05,2026-05-03 09:00,free,10,"Offline maps, please"
r2,u2,2026-05,2026-05-04 10:30,pro,6,
r3,u3,2026-11,2026-11-02 23:30,free,,Nothing
r3,u3,2026-11,2026-11-02 23:31,free,3,again
,,,,,,
r4,u4,2026-11,2026-11-05 08:00,pro,9,Speed
"""

MONKEY_HEAD = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
    '"Which tools do you use?\nPlease tick all.",,,How satisfied are you?,Please rate:,,Comment?\n'
    ",,,,,,,,,Web,App,Other (please specify),Response,Speed,Price,Open-Ended Response\n"
)
MONKEY_TEXT = MONKEY_HEAD + (
    "11,7,01/13/2026 09:00:00 AM,01/13/2026 09:05:00 PM,10.0.0.1,a@b.c,Ada,B,x,Web,App,,Very satisfied,Good,Bad,Fine\n"
    "12,7,01/14/2026 09:00:00 AM,01/14/2026 09:05:00 AM,10.0.0.2,b@b.c,Bob,B,y,,App,a robot,Not satisfied,Bad,Bad,\n"
    "13,7,01/15/2026 09:00:00 AM,01/15/2026 09:05:00 AM,10.0.0.3,c@b.c,Cy,B,z,,,,Very satisfied,Good,Good,\n"
)
MONKEY_NUMBERS = MONKEY_HEAD + (
    "11,7,01/13/2026 09:00:00 AM,01/13/2026 09:05:00 PM,10.0.0.1,a@b.c,Ada,B,x,1,2,,5,2,1,Fine\n"
    "12,7,01/14/2026 09:00:00 AM,01/14/2026 09:05:00 AM,10.0.0.2,b@b.c,Bob,B,y,,2,a robot,1,1,1,\n"
    "13,7,01/15/2026 09:00:00 AM,01/15/2026 09:05:00 AM,10.0.0.3,c@b.c,Cy,B,z,,,,5,2,2,\n"
)

QUALTRICS = (
    "StartDate,EndDate,Status,IPAddress,Finished,RecordedDate,ResponseId,UserLanguage,"
    "Q1,Q2_1,Q2_2,Q3,Q3 - Topics,plan\n"
    "Anfangsdatum,Enddatum,Antworttyp,IP,Beendet,Erfasst,Antwort-ID,Sprache,Empfehlen?,"
    "Werkzeuge? - Auswahl - Netz,Werkzeuge? - Auswahl - App,Warum?,Q3 - Topics,plan\n"
    '"{""ImportId"":""startDate"",""timeZone"":""Europe/Berlin""}","{""ImportId"":""endDate""}",'
    '"{""ImportId"":""status""}","{""ImportId"":""ipAddress""}","{""ImportId"":""finished""}",'
    '"{""ImportId"":""recordedDate"",""timeZone"":""Europe/Berlin""}","{""ImportId"":""_recordId""}",'
    '"{""ImportId"":""userLanguage""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2"",""choiceId"":""1""}",'
    '"{""ImportId"":""QID2"",""choiceId"":""2""}","{""ImportId"":""QID3_TEXT""}",'
    '"{""ImportId"":""QID3_TEXT_1aTopics""}","{""ImportId"":""plan""}"\n'
    "2026-03-01 10:00:00,2026-03-01 10:05:00,{0},10.0.0.1,1,2026-03-01 10:05:00,R_1,DE,10,{2},,Gut,t,free\n"
    "2026-03-02 10:00:00,2026-03-02 10:05:00,{0},10.0.0.2,1,2026-03-02 10:05:00,R_2,EN,7,{2},{3},-99,,pro\n"
    "2026-03-03 10:00:00,2026-03-03 10:05:00,{0},10.0.0.3,0,2026-03-03 10:05:00,R_3,DE,3,,,,,pro\n"
    "2026-03-04 10:00:00,2026-03-04 10:05:00,{1},10.0.0.4,1,2026-03-04 10:05:00,R_4,DE,9,{2},,Test,,pro\n"
)


def qualtrics(*words: str) -> str:
    text = QUALTRICS
    for place, word in enumerate(words):
        text = text.replace(f"{{{place}}}", word)
    return text


def survey(folder: Path, text: str, name: str = "s.csv", **options: str):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_survey(path, **options)


def rows(found, question: str) -> list[tuple]:
    text = "SELECT respondent, option, value, number, asked FROM answers WHERE question = $question ORDER BY ALL"
    return [tuple(row) for row in found.query(text, question=question)]


def test_a_plain_table(tmp_path: Path) -> None:
    found = survey(tmp_path, PLAIN, timezone="Europe/Berlin")
    nps = found.question("How likely are you to recommend us?")
    assert (found.origin.ledger.read, found.origin.ledger.kept) == (6, 4)
    assert found.origin.ledger.dropped == {"duplicate respondent": 1, "empty": 1}
    assert found.segments == ("wave", "plan")
    assert [tuple(row) for row in found.query("SELECT * FROM questions ORDER BY position")] == [
        (nps, "How likely are you to recommend us?", "scale", 0, 10, 1),
        ("what-should-we-improve", "What should we improve?", "open", None, None, 2),
    ]
    assert rows(found, nps) == [
        ("r1", None, "10", 10.0, True),
        ("r2", None, "6", 6.0, True),
        ("r3", None, None, None, True),
        ("r4", None, "9", 9.0, True),
    ]
    first = found.query("SELECT * FROM respondents ORDER BY respondent").rows[0]
    assert first == ("r1", datetime(2026, 5, 3, 7, 0), "2026-05", "free", "u1")
    assert (str(found.origin.first), str(found.origin.through)) == ("2026-05-03", "2026-11-05")


def test_a_frame_and_a_workbook_give_the_same(tmp_path: Path) -> None:
    plain = survey(tmp_path, PLAIN)
    frame = pd.read_csv(tmp_path / "s.csv")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in [list(frame.columns), *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]:
        sheet.append(line)
    book.save(tmp_path / "s.xlsx")
    for other in (load_survey(frame), load_survey(tmp_path / "s.xlsx")):
        ask = "SELECT * FROM answers ORDER BY ALL"
        assert other.query(ask).rows == plain.query(ask).rows
        assert other.origin.ledger.kept == 4


def test_a_respondent_counts_again_in_another_wave(tmp_path: Path) -> None:
    found = survey(tmp_path, "user_id,wave,Do you like it?\nu1,a,Yes\nu1,b,No\nu2,a,Yes\n")
    people = found.query("SELECT respondent, wave, user_id FROM respondents ORDER BY ALL").rows
    assert people == (("u1", "a", "u1"), ("u1 (b)", "b", "u1"), ("u2", "a", "u2"))


def test_people_are_not_segments(tmp_path: Path) -> None:
    found = survey(
        tmp_path, "id,email,name,ip_address,plan,Do you like it?\n1,a@b,Ada,::1,free,Yes\n2,c@d,Bo,::1,pro,No\n"
    )
    assert found.segments == ("plan",)
    assert [row[0] for row in found.query("DESCRIBE respondents")] == ["respondent", "answered_at", "plan"]
    assert found.origin.notes[0] == "Left out, as they may say who a person is: email, name, ip_address."


@pytest.mark.parametrize("text", [MONKEY_TEXT, MONKEY_NUMBERS])
def test_surveymonkey_as_text_and_as_numbers(tmp_path: Path, text: str) -> None:
    found = survey(tmp_path, text)
    assert found.origin.form == "SurveyMonkey, two header rows"
    kinds = {row.question: row.kind for row in found.query("SELECT * FROM questions ORDER BY position")}
    assert list(kinds) == [
        "which-tools-do-you-use-please-tick-all",
        "which-tools-do-you-use-please-tick-all-other-please-specify",
        "how-satisfied-are-you",
        "please-rate-speed",
        "please-rate-price",
        "comment",
    ]
    assert kinds["which-tools-do-you-use-please-tick-all"] == "multi"
    assert kinds["comment"] == "open"
    other = "Other (please specify)"
    assert rows(found, "which-tools-do-you-use-please-tick-all") == [
        ("11", "App", "App", None, True),
        ("11", "Web", "Web", None, True),
        ("12", "App", "App", None, True),
        ("12", other, other, None, True),
        ("13", None, None, None, True),
    ]
    assert ("12", None, "a robot", None, True) in rows(
        found, "which-tools-do-you-use-please-tick-all-other-please-specify"
    )
    times = found.query("SELECT answered_at FROM respondents ORDER BY respondent").column("answered_at")
    assert times[0] == datetime(2026, 1, 13, 21, 5)
    assert [row[0] for row in found.query("DESCRIBE respondents")][:2] == ["respondent", "answered_at"]
    assert "Ada" not in str(found.query("SELECT * FROM respondents").rows)


def test_surveymonkey_with_one_column_on_who_answered(tmp_path: Path) -> None:
    text = (
        "RespondentID,Have you seen it?,Gender\n,Response,Response\n1,Yes,Male\n2,No,Female\n3,Yes,Male\n4,Yes,Female\n"
    )
    found = survey(tmp_path, text)
    assert [row.value for row in found.query("SELECT value FROM answers WHERE question = 'have-you-seen-it'")].count(
        "Yes"
    ) == 3
    assert found.segments == ("Gender",)
    assert found.origin.ledger.read == 4


@pytest.mark.parametrize("words", [("IP Address", "Survey Preview", "Netz", "App"), ("0", "1", "1", "2")])
def test_qualtrics_as_text_and_as_numbers(tmp_path: Path, words: tuple[str, ...]) -> None:
    found = survey(tmp_path, qualtrics(*words))
    assert found.origin.form == "Qualtrics, three header rows"
    assert found.origin.ledger.dropped == {"preview": 1}
    assert [tuple(row) for row in found.query("SELECT question, text, kind FROM questions ORDER BY position")] == [
        ("q1", "Empfehlen?", "scale"),
        ("q2", "Werkzeuge?", "multi"),
        ("q3", "Warum?", "open"),
    ]
    assert rows(found, "q2") == [
        ("R_1", "Netz", "Netz", None, True),
        ("R_2", "App", "App", None, True),
        ("R_2", "Netz", "Netz", None, True),
        ("R_3", None, None, None, False),
    ]
    assert rows(found, "q3")[1:] == [("R_2", None, None, None, True), ("R_3", None, None, None, False)]
    assert found.segments == ("plan", "UserLanguage")
    assert found.query("SELECT min(answered_at) AS first FROM respondents").one().first == datetime(2026, 3, 1, 9, 5)


def test_older_qualtrics_with_two_header_rows(tmp_path: Path) -> None:
    text = (
        "\ufeffV1,V5,V6,V7,V8,V9,V10,Q1,Q2,LocationLatitude,\n"
        "ResponseID,EmailAddress,IPAddress,Status,StartDate,EndDate,Finished,Wie oft?,Warum?,LocationLatitude,\n"
        "R_1,a@b.c,10.0.0.1,0,2017-07-18 08:28:09,2017-07-18 08:28:48,1,2,Hallo Welt,47.1,\n"
    )
    found = survey(tmp_path, text)
    assert found.origin.form == "Qualtrics, two header rows"
    assert [row.text for row in found.query("SELECT text FROM questions ORDER BY position")] == ["Wie oft?", "Warum?"]
    assert rows(found, "q2") == [("R_1", None, "Hallo Welt", None, True)]


def test_qualtrics_with_names_only(tmp_path: Path) -> None:
    text = (
        "StartDate,EndDate,Status,Finished,ResponseId,Q1\n2026-01-01,2026-01-02,0.0,1.0,R_1,2.0\n"
        "2026-01-01,2026-01-02,8.0,1.0,R_2,1.0\n"
    )
    found = survey(tmp_path, text)
    assert found.origin.ledger.dropped == {"spam": 1}
    assert rows(found, "q1") == [("R_1", None, "2", 2.0, True)]


def test_who_was_not_asked_is_seen_from_who_never_answers(tmp_path: Path) -> None:
    lines = ["id,Do you use it?,How often do you use it?"]
    lines += [f"{place},Yes,{'Daily' if place % 2 else 'Weekly'}" for place in range(20)]
    lines += [f"{place},Yes," for place in range(20, 22)]
    lines += [f"{place},No," for place in range(22, 34)]
    found = survey(tmp_path, "\n".join(lines))
    ask = """
        SELECT asked, count(*) AS n FROM answers
        WHERE question = $question AND value IS NULL GROUP BY asked ORDER BY asked
    """
    assert found.query(ask, question="how-often-do-you-use-it").rows == ((False, 12), (True, 2))
    assert found.origin.notes[0].startswith("12 empty answers count as not asked")


def test_several_answers_in_one_cell(tmp_path: Path) -> None:
    found = survey(tmp_path, "id,Which tools do you use?\n1,Web;App\n2,App\n3,Web; App\n4,Web\n")
    ask = "SELECT option, count(*) AS n FROM answers GROUP BY option ORDER BY option"
    assert found.query(ask).rows == (("App", 3), ("Web", 3))


def test_quotation_marks_in_tab_separated_text_are_letters(tmp_path: Path) -> None:
    found = survey(tmp_path, 'id\tWhy do you like it?\n1\t"Fast" it is\n2\t"never closed\n3\tno\n', "s.tsv")
    values = found.query("SELECT value FROM answers ORDER BY respondent").column("value")
    assert values == ['"Fast" it is', '"never closed', "no"]


def test_columns_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("code,Day,team,Do you like it?\na,2026-01-31,x,Yes\nb,2026-02-01,y,No\n")
    toml = tmp_path / "t.toml"
    toml.write_text(
        '[source.survey]\npath = "s.csv"\ncolumns = {respondent = "code", answered_at = "Day", segments = "team"}\n'
    )
    found = load_survey(toml)
    assert found.segments == ("team",)
    assert found.query("SELECT respondent FROM respondents ORDER BY 1").column("respondent") == ["a", "b"]
    toml.write_text('[source.survey]\npath = "s.csv"\ncolumns = {respondent = "cod"}\n')
    with pytest.raises(InputError, match=r"has no column 'cod' for respondent; it has code, Day.* Did you mean 'code'"):
        load_survey(toml)
    toml.write_text('[source.survey]\npath = "s.csv"\ncolumns = {respondant = "code"}\n')
    with pytest.raises(SettingError, match="Did you mean 'respondent'"):
        load_survey(toml)


def test_files_of_one_survey_are_stacked(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,wave,Do you like it?\n1,a,Yes\n")
    (tmp_path / "b.csv").write_text("id,wave,Do you like it?\n2,b,No\n")
    assert load_survey(tmp_path / "*.csv").origin.ledger.kept == 2
    (tmp_path / "c.csv").write_text("id,Why?\n2,No\n")
    with pytest.raises(InputError, match=r"c\.csv has other headers than a\.csv"):
        load_survey(tmp_path / "*.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,plan\n1,free\n2,pro\n", "no column that reads as a question"),
        ("id,Why?\n", "headers and no responses"),
        ('id,Why?\n1,"never closed\n2,b\n', "cannot be read as a table near line 3.* quotation mark"),
        ("id,Why?,Why?\n1,a,b\n", r"the column 'Why\?' 2 times \(columns 2, 3;"),
    ],
)
def test_what_is_no_survey_says_so(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        survey(tmp_path, text)
