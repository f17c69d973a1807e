"""What changed and what was revised, by hand; and that two weeks of the rooms can be compared."""

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pmlib import show, usage
from pmlib.core import Estimate, Finding, Kpi, Unit, unanswered
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.changes import MOST, changes
from pmlib.reports.pages.facts import facts
from pmlib.stats import nps, share
from tests.reports.pages.papers import page_of
from tests.rows import events_of

JOB = Job("r", "R", Path("r.ipynb"), {}, (), 9)


def kept(as_of: str, *findings: Finding) -> dict:
    """The facts of a run."""
    return facts(page_of(*findings), JOB, as_of)


def users(count: int, low: float | None = None, high: float | None = None, **options) -> Finding:
    """A count of people with the range expected."""
    now = Estimate("weekly active users", count, low, high, Unit.COUNT, count, "counted", reason="" if low else "short")
    more = {"definition": "People with any event; complete to 22 Nov 2026."} | options
    return Finding("active", "How many?", f"{count:,} people came.", (now,), kpi=Kpi(now), **more)


def expected(found: dict) -> dict:
    """Say that the card's interval is the range its history leads one to expect."""
    for finding in found["findings"]:
        finding["kpi"] |= {"expected": True, "signal": None}
    return found


def test_no_earlier_run_has_no_changes():
    assert changes(None, kept("2026-11-22", users(5))).moved == ()


@pytest.mark.parametrize(
    ("was", "now", "low", "high", "text", "tone"),
    [
        (46_300, 45_120, 43_000, 47_000, "45,120, from 46,300 (−2.5%), within its range.", "flat"),
        (46_300, 42_120, 43_000, 47_000, "42,120, from 46,300 (−9.0%), below its range: a signal.", "bad"),
        (46_300, 48_000, 43_000, 47_000, "48,000, from 46,300 (+3.7%), above its range: a signal.", "good"),
        (46_300, 45_120, None, None, "45,120, from 46,300 (−2.5%).", "flat"),
        (0, 45_120, None, None, "45,120, from 0.", "flat"),
        (46_300, 46_301, 43_000, 47_000, "46,301, from 46,300, within its range.", "flat"),
    ],
)
def test_a_full_count_is_judged_by_its_range(was, now, low, high, text, tone):
    found = changes(kept("2026-11-15", users(was)), expected(kept("2026-11-22", users(now, low, high))))
    assert found.since == date(2026, 11, 15)
    (change,) = found.moved
    assert change.text == f"Weekly active users: {text}"
    assert (change.before, change.now, change.tone) == (f"{was:,}", f"{now:,}", tone)


def test_the_rule_on_the_card_goes_before_its_range():
    now = kept("2026-11-22", users(45_120, 40_000, 47_000))
    now["findings"][0]["kpi"] |= {"expected": True, "signal": {"state": "early"}}
    (change,) = changes(kept("2026-11-15", users(46_300)), now).moved
    assert change.text.endswith("(−2.5%), too early to call.")


def rate(hits: int, n: int, id: str = "rate", label: str = "paid") -> Finding:
    one = share(hits, n, label=label)
    return Finding(id, f"Who {label}?", f"{one} paid.", (one,), "Share of people.", kpi=Kpi(one))


def test_a_sample_is_not_tested_against_another():
    # 30 of 100 is 21.9% to 39.6%: 25% lies in it, 45% does not.
    for was, where in ((25, "within"), (45, "outside")):
        (change,) = changes(kept("2026-11-15", rate(was, 100)), kept("2026-11-22", rate(30, 100))).moved
        step = {25: "+5.0 points", 45: "−15.0 points"}[was]
        assert change.text == f"Paid: 30.0%, from {was}.0% ({step}); the earlier value lies {where} its interval."
        assert change.tone == "flat"


def test_what_prints_alike_has_not_changed():
    assert changes(kept("2026-11-15", rate(30_000, 100_000)), kept("2026-11-22", rate(30_010, 100_000))).moved == ()


def test_signals_come_first_then_the_widest_step():
    before = kept("2026-11-15", rate(30, 100, "a", "a"), rate(30, 100, "b", "b"), users(46_300))
    now = kept("2026-11-22", rate(31, 100, "a", "a"), rate(20, 100, "b", "b"), users(42_000, 43_000, 47_000))
    now["findings"][2]["kpi"]["expected"] = True
    assert [change.id for change in changes(before, now).moved] == ["active", "b", "a"]


def test_another_definition_is_never_compared():
    before = kept("2026-11-15", users(46_300, definition="People with any event; complete to 15 Nov 2026."))
    same = kept("2026-11-22", users(45_000, definition="People with any event; complete to 22 Nov 2026."))
    other = kept("2026-11-22", users(45_000, definition="People with a session; complete to 22 Nov 2026."))
    within = "Within {} days; 681 of 700 asked; complete to {} Nov 2026."
    span = [
        kept(f"2026-11-{day}", users(n, definition=within.format(days, day)))
        for day, n, days in ((15, 5, 7), (22, 6, 14))
    ]
    assert changes(before, same).moved[0].text == "Weekly active users: 45,000, from 46,300 (−2.8%)."
    changed = "Weekly active users: not compared with {}, its definition changed."
    assert changes(before, other).moved[0].text == changed.format("46,300")
    assert changes(*span).moved[0].text == changed.format("5")


def test_other_parameters_are_said_once():
    before, now = kept("2026-11-15", users(46_300)), kept("2026-11-22", users(45_000))
    before["parameters"] = {"weeks": 8, "age": 4, "as_of": "2026-11-15"}
    now["parameters"] = {"weeks": 8, "age": 5, "as_of": "2026-11-22"}
    (change,) = changes(before, now).moved
    assert change.text == "Numbers are not compared with those of 15 Nov 2026: age was set anew."
    now["parameters"]["age"] = 4
    assert changes(before, now).moved[0].id == "active"


def test_what_can_be_answered():
    gone = unanswered("retention", "Who stays?", "No sign-up was counted")
    there = Finding("retention-week", "Who stays?", "Some.", (share(1, 2, label="back"),), "Of all.")
    (lost,) = changes(kept("2026-11-15", there), kept("2026-11-22", gone)).moved
    assert lost.text == "'Who stays?': This cannot be answered: no sign-up was counted."
    (won,) = changes(kept("2026-11-15", gone), kept("2026-11-22", there)).moved
    assert won.text == "'Who stays?' can be answered now."
    assert changes(kept("2026-11-15", gone), kept("2026-11-22", gone)).moved == ()
    assert changes(kept("2026-11-15", rate(1, 2, "a", "a")), kept("2026-11-22", rate(1, 2, "b", "b"))).moved == ()


def verdict(word: str, lift: float) -> Finding:
    one = Estimate("converted", lift, lift - 0.1, lift + 0.1, Unit.LIFT, 90, "m")
    return Finding("experiment-verdict", "Ship?", f"{word}: converted is {Unit.LIFT.change(lift)}.", (one,), "Rule.")


def test_a_verdict_that_turned_leads():
    found = changes(kept("2026-11-15", verdict("Cannot tell", 0.05)), kept("2026-11-22", verdict("Ship", 0.12)))
    assert [change.text for change in found.moved] == [
        "The verdict is now 'Ship', from 'Cannot tell'.",
        "Converted: 12.0%, from 5.0% (+7.0 points); the earlier value lies within its interval.",
    ]
    same = changes(kept("2026-11-15", verdict("Cannot tell", 0.05)), kept("2026-11-22", verdict("Ship", 0.05)))
    assert [change.text for change in same.moved] == ["The verdict is now 'Ship', from 'Cannot tell'."]


def test_words_that_changed_without_a_number():
    before = rate(30, 100)
    now = Finding(before.id, before.question, "30.0% paid, which may be chance.", before.estimates, before.definition)
    (change,) = changes(kept("2026-11-15", before), kept("2026-11-22", now)).moved
    assert change.text.startswith("30.0% paid, which may be chance; before: 30.0% (95% interval")


def weekly(counts: dict[str, int], retold: str = "People") -> Finding:
    rows = [[date.fromisoformat(day), n, None] for day, n in counts.items()]
    columns = [show.Column("Week", Unit.DATE), show.Column(retold, Unit.COUNT), show.Column("Later", Unit.COUNT)]
    return users(7, table=show.table(columns, rows))


def test_numbers_of_the_past_that_were_revised():
    before = kept("2026-11-15", weekly({"2026-11-02": 40_000, "2026-11-09": 46_300, "2026-11-16": 47_000}))
    now = kept("2026-11-22", weekly({"2026-11-02": 40_000, "2026-11-09": 46_512, "2026-11-16": 48_000}))
    found = changes(before, now)
    assert [(c.label, c.text) for c in found.revised] == [
        ("Week of 9 Nov 2026", "Week of 9 Nov 2026: people revised from 46,300 to 46,512.")
    ], "an outlook then is no revision now"
    assert changes(before, kept("2026-11-22", weekly({"2026-11-09": 1}, "Users"))).revised == ()
    filled = deepcopy(now)
    filled["findings"][0]["table"]["values"][0][2], filled["findings"][0]["table"]["rows"][0][2] = 5, "5"
    assert len(changes(before, filled).revised) == 1, "what was not known then is no revision"


def test_a_long_list_is_cut_and_counted():
    days = [str(date(2026, 1, 5) + timedelta(weeks=n)) for n in range(30)]
    found = changes(
        kept("2026-11-15", weekly(dict.fromkeys(days, 1))), kept("2026-11-22", weekly(dict.fromkeys(days, 2)))
    )
    assert len(found.revised) == MOST
    assert found.revised[-1].text == "21 more numbers of the past were revised."


def test_a_number_of_the_same_period_was_revised_not_moved():
    def wave(hits: int) -> Finding:
        one = nps(hits, 30, 30, label="NPS")
        one = Estimate(**{**one.__dict__, "period": "Spring"})
        return Finding("nps", "Would they?", f"NPS is {one}.", (one,), "All of Spring.", kpi=Kpi(one))

    found = changes(kept("2026-11-15", wave(40)), kept("2026-11-22", wave(60)))
    assert found.moved == ()
    assert [change.text for change in found.revised] == ["NPS, Spring: revised from 10.0 to 25.0."]


def test_two_weeks_of_the_rooms_can_be_compared():
    days = [date(2026, 6, 1) + timedelta(number) for number in range(75)]
    rows = [
        (f"u{day.toordinal() % 23}", name, f"{day}T08:30:00")
        for day in days
        for name in ("joined", "paid")
        if day.toordinal() % 3 or name == "joined"
    ]

    def week(as_of: date) -> dict:
        events = events_of([row for row in rows if row[2][:10] <= str(as_of)], as_of=as_of)
        found = [usage.active(events), usage.retention(events), usage.funnel(events, steps="joined, paid")]
        return kept(str(as_of), *found)

    # A Sunday, and a Wednesday on which a running week is left out.
    for first, last in ((date(2026, 8, 2), date(2026, 8, 9)), (date(2026, 8, 2), date(2026, 8, 12))):
        found = changes(week(first), week(last))
        assert not [change for change in found.moved if "definition" in change.text], found.moved
        assert found.revised == ()
    assert changes(week(date(2026, 8, 9)), week(date(2026, 8, 9))).moved == ()


def test_an_outlook_made_anew_is_no_revision():
    def outlook(value: float, period: str) -> Finding:
        one = Estimate("active users", value, None, None, Unit.COUNT, 9, "carried on", period=period, reason="x")
        return Finding("outlook", "What next?", f"{value:,.0f} may come.", (one,), "Weekly.")

    ahead = [outlook(count, "23 to 29 Nov 2026") for count in (6144, 6083)]
    assert changes(kept("2026-11-15", ahead[0]), kept("2026-11-22", ahead[1])).revised == ()
    behind = [outlook(count, "9 to 15 Nov 2026") for count in (6144, 6083)]
    assert len(changes(kept("2026-11-15", behind[0]), kept("2026-11-22", behind[1])).revised) == 1


def test_an_earlier_number_that_was_revised_says_so_beside_the_change():
    def week(count: int, row: int) -> Finding:
        table = show.table(
            [show.Column("Week", Unit.DATE), show.Column("People", Unit.COUNT)], [[date(2026, 11, 9), row]]
        )
        return replace(users(count), table=table)

    found = changes(kept("2026-11-15", week(738, 738)), kept("2026-11-22", week(761, 684)))
    assert found.moved[0].text.endswith("from 738 (+3.1%); the earlier number was since revised to 684.")


def lifts(id: str, question: str, value: float) -> Finding:
    one = Estimate("lift of paid", value, value - 0.1, value + 0.1, Unit.LIFT, 90, "m")
    return Finding(id, question, f"Paid: {Unit.LIFT.change(value)}.", (one,), "Lift over control.")


def test_a_number_of_several_findings_is_named_once_and_another_of_its_name_is_told_apart():
    def week(as_of: str, value: float, other: float) -> dict:
        asked = [("lift", "What did it do?", value), ("impact", "What is it worth?", value), ("ages", "Why?", other)]
        return kept(as_of, *(lifts(*one) for one in asked))

    found = changes(week("2026-11-15", 0.1, 0.2), week("2026-11-22", 0.15, 0.21))
    where = "; the earlier value lies within its interval."
    assert [change.text for change in found.moved] == [
        f"Lift of paid: 15.0%, from 10.0% (+5.0 points){where}",
        f"Lift of paid ('Why?'): 21.0%, from 20.0% (+1.0 points){where}",
    ]
