"""What cannot be read in a file of subscriptions is never taken for nothing, and currencies are never added up."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from pmlib.core import InputError, SettingError
from pmlib.metrics.mrr import PARTS, movements
from pmlib.sources import Subscriptions, load_subscriptions
from pmlib.usage import mrr

HEAD = "customer,amount,quantity,interval,interval_count,trial_end,started,ended\n"
FULL = "{name},10,1,month,1,,2026-01-01,2026-03-01\n"


def loaded(
    folder: Path,
    text: str,
    *,
    as_of: str = "data",
    timezone: str = "UTC",
    times: str | None = None,
    currency: str = "",
    columns: Mapping[str, str] | None = None,
) -> Subscriptions:
    """Load a file of this text."""
    path = folder / "subs.csv"
    path.write_text(text, encoding="utf-8")
    return load_subscriptions(path, as_of=as_of, timezone=timezone, times=times, currency=currency, columns=columns)


def aside(subscriptions: Subscriptions) -> dict[str, int]:
    """Return the reasons why rows were set aside."""
    return {reason: count for reason, count in subscriptions.origin.ledger.dropped.items() if count}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x,10,1,month,1,,2026-01-01,soon", "unreadable end"),
        ("x,10,1,month,1,,2026-01-01,2026-02-30", "unreadable end"),
        ("x,10,1,month,1,,31.31.2026,", "unreadable start"),
        ("x,10,1,month,1,tomorrow,2026-01-01,", "unreadable trial end"),
        ("x,10,many,month,1,,2026-01-01,", "unreadable quantity"),
        ("x,10,0,month,1,,2026-01-01,", "quantity of 0 or less"),
        ("x,-10,-2,month,1,,2026-01-01,", "quantity of 0 or less"),
        ("x,10,1,month,some,,2026-01-01,", "unreadable interval count"),
        ("x,10,1,month,0,,2026-01-01,", "interval count of 0 or less"),
        ("x,lots,1,month,1,,2026-01-01,", "unreadable amount"),
    ],
)
def test_a_value_that_cannot_be_read_sets_its_row_aside(tmp_path: Path, row: str, reason: str) -> None:
    good = "".join(FULL.format(name=name) for name in "abc")
    # The trials of a and b are known, so that one of three cannot be read.
    good += "d,10,1,month,1,2026-01-08,2026-01-01,\ne,10,1,month,1,2026-01-08,2026-01-01,\n"
    subscriptions = loaded(tmp_path, f"{HEAD}{good}{row}\n", as_of="2026-04-30")
    assert aside(subscriptions) == {reason: 1}
    assert movements(subscriptions).steps[0].paying == 5
    doubt = next(check for check in subscriptions.checks if not check.ok)
    assert doubt.text.startswith("1 of 6 rows of subs.csv could not be used: 1 " + reason)


@pytest.mark.parametrize("word", ["", "n/a", "N/A", "-", "–", "never", "null", "None", "NaN", r"\N", "0000-00-00"])
def test_words_for_no_value_mean_that_it_still_runs(tmp_path: Path, word: str) -> None:
    text = HEAD + FULL.format(name="a") + f"b,10,{word},month,{word},{word},2026-01-01,{word}\n"
    subscriptions = loaded(tmp_path, text, as_of="2026-04-30")
    assert not aside(subscriptions)
    assert subscriptions.query("SELECT customer FROM subscriptions WHERE ended IS NULL").column("customer") == ["b"]


def test_where_most_cannot_be_read_the_file_is_refused(tmp_path: Path) -> None:
    text = HEAD + FULL.format(name="a") + "b,10,1,month,1,,2026-01-01,soon\nc,10,1,month,1,,2026-01-01,later\n"
    with pytest.raises(InputError, match=r"2 of 3 values in 'ended' of subs\.csv .* \(such as 'later'\); .*2026-11-22"):
        loaded(tmp_path, text)
    # What could be somebody's name or address is not shown.
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, text.replace("soon", "Ann Lee").replace("later", "ann@lee.org"))
    assert "nn" not in str(caught.value).split("cannot be read")[1]
    with pytest.raises(InputError, match=r"2 of 3 values in 'quantity'.*such as 1\."):
        loaded(tmp_path, HEAD + FULL.format(name="a") + 2 * "b,10,few,month,1,,2026-01-01,\n")


def test_a_frames_missing_quantity_is_one() -> None:
    frame = pa.table(
        {
            "customer": ["a", "b", "c"],
            "amount": [10.0, 20.0, float("inf")],
            "quantity": [2.0, float("nan"), 1.0],
            "started": [date(2026, 1, 1)] * 3,
        }
    )
    subscriptions = load_subscriptions(frame)
    assert subscriptions.query("SELECT amount FROM subscriptions ORDER BY customer").column("amount") == [20, 20]
    assert aside(subscriptions) == {"no amount": 1}


CANCELS = (
    "customer,amount,started,ended,canceled_at\n"
    # 23:30 in UTC is 00:30 on 1 March in Berlin: February's end is still paid.
    "a,10,2026-01-01,2026-06-01,2026-02-28T23:30:00Z\n"
    "b,20,2026-01-01,2026-06-01,2026-02-28T22:30:00Z\n"
    "c,40,2026-01-01,2026-06-01,{odd}\n"
    "d,80,2026-01-01,,never\n"
)


def test_the_day_of_cancelling_is_that_of_the_zone(tmp_path: Path) -> None:
    text = CANCELS.format(odd="")
    berlin = movements(loaded(tmp_path, text, timezone="Europe/Berlin"), cancelled="canceled_at")
    # February ends with a, c and d; March without a.
    assert [step.closing // PARTS for step in berlin.steps[:3]] == [150, 130, 120]
    utc = movements(loaded(tmp_path, text), cancelled="canceled_at")
    assert [step.closing // PARTS for step in utc.steps[:3]] == [150, 120, 120]
    assert (berlin.unread, utc.unread) == (0, 0)
    # Times without a zone are those of `times`: 22:30 and 23:30 in UTC are 23:30 and, a day later, 00:30 in Berlin.
    said = loaded(tmp_path, text.replace("Z\n", "\n"), timezone="Europe/Berlin", times="UTC")
    assert movements(said, cancelled="canceled_at").steps == berlin.steps


def test_times_that_a_frame_types_are_read_in_the_zone_too() -> None:
    moments = pa.array([1772321400, None], pa.timestamp("s", "UTC"))  # 2026-02-28T23:30:00Z
    frame = {"customer": ["a", "b"], "amount": [10.0, 5.0], "started": [date(2026, 1, 1)] * 2, "canceled_at": moments}
    frame["ended"] = pa.array([date(2026, 6, 1)] * 2)
    berlin = load_subscriptions(pa.table(frame), timezone="Europe/Berlin")
    assert [step.closing // PARTS for step in movements(berlin, cancelled="canceled_at").steps[:3]] == [15, 15, 5]


def test_a_day_of_cancelling_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    subscriptions = loaded(tmp_path, CANCELS.format(odd="soon"), timezone="Europe/Berlin")
    found = movements(subscriptions, cancelled="canceled_at")
    assert (found.unread, found.steps[2].closing // PARTS) == (1, 120)
    said = "The day of cancelling of 1 subscription cannot be read: counted as paid until the paid time ends."
    assert said in mrr(subscriptions, cancelled="canceled_at").cautions
    assert said not in mrr(subscriptions).cautions
    odd = CANCELS.replace("2026-02-28T23:30:00Z", "soon").replace("2026-02-28T22:30:00Z", "late")
    with pytest.raises(SettingError, match="'canceled_at' holds no day"):
        movements(loaded(tmp_path, odd.format(odd="2026-02-01")), cancelled="canceled_at")


def test_large_amounts_are_counted_or_refused(tmp_path: Path) -> None:
    head = "customer,amount,started,ended\n"
    text = head + "a,1000000000000,2026-01-01,\nb,1000000000001,2026-01-01,\n"
    found = movements(loaded(tmp_path, text, as_of="2026-02-28"))
    held = found.held([found.last.number]).one()
    assert held.squares == pytest.approx((10**12 * PARTS) ** 2 + ((10**12 + 1) * PARTS) ** 2, rel=1e-12)
    # The square of 10^14 in millionths is 10^40, more than 38 digits hold.
    with pytest.raises(InputError, match=r"one customer come to 100,000,000,000,000 a month, all to .*in thousands"):
        loaded(tmp_path, head + "a,100000000000000,2026-01-01,\nb,5,2026-01-01,\n")
    with pytest.raises(InputError, match="too large"):
        loaded(tmp_path, head + "a,1e308,2026-01-01,\n")


@pytest.mark.parametrize(
    ("amount", "currency", "counts"),
    [
        ("0.01", "EUR", True),
        ("0.009", "EUR", False),
        ("1e-7", "EUR", False),
        ("0.9", "JPY", False),
        ("0.001", "KWD", True),
    ],
)
def test_less_than_the_smallest_unit_is_free(tmp_path: Path, amount: str, currency: str, counts: bool) -> None:
    text = f"customer,amount,interval,currency,started\na,{amount},year,{currency},2026-01-01\n"
    text += f"b,5,month,{currency},2026-01-01\n"
    subscriptions = loaded(tmp_path, text, as_of="2026-02-28")
    assert aside(subscriptions) == ({} if counts else {"below the smallest unit": 1})
    last = movements(subscriptions).last
    assert last.paying == 1 + counts
    assert (last.closing > 5 * PARTS) is counts
    said = "less than the smallest unit of the currency, such as a cent: 1."
    assert any(said in check.text for check in subscriptions.checks) is not counts


def test_a_constant_may_stand_for_a_day(tmp_path: Path) -> None:
    text = "customer,amount\na,10\n"
    subscriptions = loaded(tmp_path, text, columns={"started": "='2026-01-31'"}, as_of="2026-02-28")
    assert subscriptions.query("SELECT started FROM subscriptions").one().started == date(2026, 1, 31)
    with pytest.raises(SettingError, match=r"the constant 'soon' where subs\.csv needs a day.*='2026-11-22'"):
        loaded(tmp_path, text, columns={"started": "='soon'"})
    with pytest.raises(InputError, match="1 of 1 values in '='2026-02-30''"):
        loaded(tmp_path, text, columns={"started": "='2026-02-30'"})


def test_a_currency_looks_like_a_code(tmp_path: Path) -> None:
    text = "customer,amount,started\na,10,2026-01-01\n"
    assert loaded(tmp_path, text, currency=" eur ").currency == "EUR"
    for wrong in ("euro", "€", "EU", "E1R"):
        with pytest.raises(SettingError, match=f"currency = '{wrong}' is no code of a currency.*such as EUR or USD"):
            loaded(tmp_path, text, currency=wrong)
    with pytest.raises(InputError, match=r"'currency' of subs\.csv has 'EURO' where the code of a currency"):
        loaded(tmp_path, "customer,amount,currency,started\na,10,euro,2026-01-01\n")
    known = loaded(tmp_path, "customer,amount,currency,started\na,10,chf,2026-01-01\nb,5,CHF,2026-01-01\n")
    assert (known.currency, known.origin.ledger.kept) == ("CHF", 2)


def test_signs_of_several_currencies_are_not_added_up(tmp_path: Path) -> None:
    def text(one: str, other: str, amount: str = "amount") -> str:
        return f"customer,{amount},started\na,{one},2026-01-01\nb,{other},2026-01-01\n"

    for one, other in (("10 €", "£12"), ("10 EUR", "12 USD"), ("10 €", "$12")):
        with pytest.raises(InputError, match=r"'amount' of subs\.csv are in several currencies: .*cannot be added up"):
            loaded(tmp_path, text(one, other))
    with pytest.raises(InputError, match="several currencies: EUR, USD"):
        loaded(tmp_path, text("10 USD", "12", "price_eur"))
    assert loaded(tmp_path, text("10 €/month", "12 EUR")).currency == "EUR"
    assert loaded(tmp_path, text("$10", "12 USD")).currency == "USD"
    # Many countries have a dollar.
    assert loaded(tmp_path, text("$10", "$12")).currency == ""
