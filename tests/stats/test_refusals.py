"""Whatever number comes in, a function of statistics answers or refuses in words; nothing warns, nothing runs on."""

import math
from contextlib import suppress
from decimal import Decimal

import numpy as np
import pytest

from pmlib import stats
from pmlib.core import SettingError, TooFewError, Unit
from pmlib.core.errors import PmlibError
from pmlib.stats import Both, Moments, Sums
from pmlib.stats.purchases import BgNbd, GammaGamma

ODD = [None, "x", math.nan, math.inf, -math.inf, -1, 0, 0.5, 1e300, 1e-300, 10**400, Decimal("2.5"), Decimal("NaN")]
SPREAD = ((0.01, 0.0, 0.0, 0.0), (0.0, 0.01, 0.0, 0.0), (0.0, 0.0, 0.01, 0.0), (0.0, 0.0, 0.0, 0.01))
BUYING = BgNbd(0.243, 4.414, 0.793, 2.426, -9582.4, 2357, SPREAD)
VALUES = GammaGamma(6.25, 3.74, 15.44, -4000.0, 946, tuple(row[:3] for row in SPREAD[:3]))
CALM = [100.0, 104.0, 99.0, 103.0, 98.0, 102.0] * 5

ASKED = {
    "share": (stats.share, (5, 10)),
    "share_difference": (stats.share_difference, (5, 10, 4, 9)),
    "share_lift": (stats.share_lift, (5, 10, 4, 9)),
    "mean": (lambda *one: stats.mean(Moments(*one)), (5, 3.0, 2.0)),
    "mean_difference": (lambda *two: stats.mean_difference(Moments(*two[:3]), Moments(*two[3:])), (5, 3.0, 2.0) * 2),
    "mean_lift": (lambda *two: stats.mean_lift(Moments(*two[:3]), Moments(*two[3:])), (5, 3.0, 2.0) * 2),
    "moments": (lambda *values: Moments.of(values), (1.0, 2.0, 4.0)),
    "nps": (stats.nps, (5, 3, 2)),
    "nps_difference": (lambda *six: stats.nps_difference(six[:3], six[3:]), (5, 3, 2, 5, 3, 1)),
    "units_needed": (stats.units_needed, (0.2, 0.02)),
    "people_needed": (
        lambda *three: stats.people_needed(three[0], share=three[1], population=three[2]),
        (0.05, 0.5, 9),
    ),
    "clustered_share": (stats.clustered_share, (10, 20, 40, 80, 80, 160)),
    "clustered_mean": (stats.clustered_mean, (3, 12, 6, 56, 26, 14)),
    "clustered_share_difference": (
        lambda *sums: stats.clustered_share_difference(Sums(*sums[:6]), Sums(*sums[6:12]), Both(*sums[12:])),
        (10, 20, 40, 80, 80, 160, 10, 20, 40, 80, 80, 160, 5, 10, 10, 10, 20),
    ),
    "sums": (lambda *values: Sums.of(values[:2], values[2:]), (1, 2, 2, 2)),
    "stratified_difference": (lambda *one: stats.stratified_difference([one]), (8, 106, 5, 120)),
    "mix_and_rate": (lambda *two: stats.mix_and_rate([two[:2], (1, 5)], [two[2:], (1, 5)]), (8, 106, 5, 120)),
    "kaplan_meier": (lambda *two: stats.kaplan_meier([two[0], 3], [two[1], 1]).median(), (2, 1)),
    "kaplan_meier_counts": (
        lambda *three: stats.kaplan_meier_counts([three[0], 3], [three[1], 1], [three[2], 1]).median(),
        (2, 1, 1),
    ),
    "survival_at": (stats.kaplan_meier([1, 2, 4], [1, 0, 1]).at, (2,)),
    "survival_mean": (stats.kaplan_meier([1, 2, 4], [1, 0, 1]).mean_until, (2,)),
    "slope": (lambda *four: stats.slope([1, 2, 3, four[0]], [9, 9, 9, four[1]], periods=[0, 1, 2, four[2]]), (4, 9, 3)),
    "cochran_armitage": (lambda *two: stats.cochran_armitage([1, 2, two[0]], [9, 9, two[1]]), (3, 9)),
    "srm": (lambda *four: stats.srm(four[:2], four[2:]), (50, 52, 1, 1)),
    "holm": (lambda *values: stats.holm(values), (0.01, 0.04)),
    "signal": (
        lambda *four: stats.signal([*CALM, four[0]], four[1], unit=Unit.COUNT, season=four[2], base=four[3]),
        (101, 99, 7, 400),
    ),
    "expected": (BUYING.expected, (10,)),
    "alive": (BUYING.alive, (2, 30.0, 39.0)),
    "purchases": (BUYING.purchases, (10, 2, 30.0, 39.0)),
    "total": (lambda *five: BUYING.total(five[0], *([one] for one in five[1:])), (10, 2, 30.0, 39.0, 1)),
    "value": (VALUES.mean, (2, 22.0)),
    "spending": (
        lambda *six: stats.spending(BUYING, VALUES, six[0], *([one] for one in six[1:])),
        (10, 2, 30.0, 39.0, 22.0, 1),
    ),
    "bg_nbd": (lambda *four: stats.bg_nbd(*([one] for one in four)), (2, 30.0, 39.0, 40)),
    "gamma_gamma": (lambda *three: stats.gamma_gamma(*([one] for one in three)), (2, 22.0, 40)),
    "level": (lambda level: stats.share(5, 10, level=level), (0.95,)),
}


@pytest.mark.parametrize("name", ASKED)
def test_an_odd_number_is_answered_or_refused_in_words(name):
    asked, usual = ASKED[name]
    if name not in {"bg_nbd", "gamma_gamma"}:  # which want more than one customer
        asked(*usual)
    for place in range(len(usual)):
        for odd in ODD:
            # Any other error, and any warning, fails here.
            with suppress(PmlibError):
                asked(*usual[:place], odd, *usual[place + 1 :])


def test_every_public_function_is_asked():
    functions = {name for name in stats.__all__ if callable(one := getattr(stats, name)) and not isinstance(one, type)}
    assert functions - {"log_rank"} <= {getattr(one, "__name__", "") for one, _ in ASKED.values()} | set(ASKED)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda: stats.kaplan_meier([1, 2], [True, math.nan]), "'ended' holds nan"),
        (lambda: stats.kaplan_meier([1, 2], [True, 2]), "True or False"),
        (lambda: stats.clustered_share(3, None, 6, 3, 3, 12), "'sum of hits' is None"),
        (lambda: stats.clustered_share(3, 0, 6, 3, 3, 12), "hits in 6 rows"),
        (lambda: stats.mix_and_rate([(5, 3)], [(1, 2)]), "counts 5 of 3"),
        (lambda: stats.mix_and_rate([(-1, 3)], [(1, 2)]), "'change' is -1"),
        (lambda: BUYING.expected(1e6), "too far ahead"),
        (lambda: BUYING.purchases(10, 10**6, 30.0, 39.0), "too far ahead"),
        (lambda: Moments(3, 1.0, -1.0), "not below 0"),
        (lambda: stats.srm([50, 50], [1, -1]), "not below 0"),
        (lambda: stats.holm([0.5, 1.5]), "between 0 and 1"),
        (lambda: stats.signal(CALM, 100, season=1), "2 values or more"),
        (lambda: Sums.of([1, 1], [2, -1]), "fewer than 0"),
        (lambda: stats.bg_nbd([1.5] * 20, [2.0] * 20, [3.0] * 20), "whole frequency"),
    ],
)
def test_what_is_wrong_is_named(asked, says):
    with pytest.raises(SettingError, match=says):
        asked()


def test_sums_that_engines_send_as_decimals_say_the_same():
    plain = (10, 20, 40, 80, 80, 160)
    assert stats.clustered_share(*(Decimal(one) for one in plain)) == stats.clustered_share(*plain)
    assert stats.mean(Moments(3, Decimal("2.5"), Decimal("0.5"))) == stats.mean(Moments(3, 2.5, 0.5))
    assert stats.share(np.int64(3), np.int64(9)) == stats.share(3, 9)


def test_sums_over_nobody_are_too_few_not_wrong():
    with pytest.raises(TooFewError, match="nobody"):
        stats.clustered_share(0, None, None, None, None, None)
    with pytest.raises(TooFewError, match="0 people"):
        stats.clustered_mean(0, None, None, None, None, None)
    with pytest.raises(TooFewError, match="0 units"):
        stats.mean(Moments(0, None, None))


def test_variances_that_rounding_took_below_0_are_0():
    assert Moments(9, 1000.0, -1e-7).variance == 0
    # Welch's degrees of freedom of two such groups are 2 × 4, however small the unit.
    small = stats.mean_difference(Moments(5, 3e-60, 1e-74), Moments(5, 2e-60, 1e-74))
    large = stats.mean_difference(Moments(5, 3e14, 1e74), Moments(5, 2e14, 1e74))
    assert small.p == pytest.approx(large.p)


def test_a_total_of_which_too_little_is_known_has_no_upper_end():
    found = BUYING.total(10, [3], [10.0], [1e9])
    assert (found.low, found.high) == (0, None)
    assert "too little" not in found.reason
    assert found.reason
