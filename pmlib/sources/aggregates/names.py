"""What the columns of aggregates are usually called, one metric and arm a row or both arms beside each other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmlib.core import InputError, SettingError, nearest

WORDS: Mapping[str, tuple[str, ...]] = {
    "experiment": ("experiment", "experiment_id", "experiment_name", "test_id", "test_name"),
    "metric": ("metric", "metric_name", "metric_id", "kpi", "measure", "outcome"),
    "arm": (
        *("arm", "variant", "variation", "arm_name", "variant_name", "arm_id", "variant_id", "variation_id", "group"),
        *("experiment_group", "test_group", "ab_group", "treatment", "condition", "bucket", "branch"),
    ),
    "day": (
        *("day", "date", "ds", "ts", "as_of", "snapshot", "snapshot_date", "timestamp", "time", "time_since_start"),
        *("days_since_start", "day_number"),
    ),
    "kind": ("kind", "type", "metric_type"),
}
"""The roles of words, and how a column of each is usually called."""

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "n": (
        *("n", "count", "units", "users", "n_users", "n_units", "sample_size", "num_users", "users_count", "size"),
        *("visitors", "observations", "nobs", "trials", "sample"),
    ),
    "units": ("arm_units", "units_in_arm", "assigned", "exposed"),
    "mean": ("mean", "avg", "average", "rate", "share", "main_mean"),
    "variance": ("variance", "var", "sample_variance", "main_variance"),
    "sd": ("sd", "std", "stddev", "std_dev", "stdev", "standard_deviation"),
    "sum": ("sum", "main_sum", "sum_x"),
    "squares": ("sum_of_squares", "sum_squares", "sumsq", "sum_sq", "main_sum_squares", "sum_x2"),
    "hits": ("hits", "conversions", "converted", "successes", "events", "clicks", "orders"),
    "third": ("third", "third_moment", "third_central_moment", "m3", "mu3"),
    "least": ("least", "min", "minimum", "min_value"),
    "most": ("most", "max", "maximum", "max_value"),
    "ceiling": ("ceiling", "cap", "capped_at", "cap_value"),
    "over_mean": ("over_mean", "denominator_mean"),
    "over_variance": ("over_variance", "denominator_variance"),
    "over_sd": ("over_sd", "denominator_sd", "denominator_std"),
    "over_sum": ("over_sum", "denominator_sum"),
    "over_squares": ("over_squares", "over_sum_squares", "denominator_sum_squares"),
    "over_covariance": ("over_covariance", "denominator_covariance"),
    "over_products": ("over_products", "denominator_products", "main_denominator_sum_product"),
    "before_mean": ("before_mean", "pre_mean", "covariate_mean"),
    "before_variance": ("before_variance", "pre_variance", "covariate_variance"),
    "before_sd": ("before_sd", "pre_sd", "covariate_sd", "covariate_std"),
    "before_sum": ("before_sum", "pre_sum", "covariate_sum"),
    "before_squares": ("before_squares", "before_sum_squares", "pre_sum_squares", "covariate_sum_squares"),
    "before_covariance": ("before_covariance", "covariance", "cov", "pre_covariance", "covariate_covariance"),
    "before_products": ("before_products", "sum_products", "main_covariate_sum_product"),
    "over_before_covariance": ("over_before_covariance", "denominator_covariate_covariance"),
}
"""The roles of numbers. ``squares`` and ``products`` are sums over units, as ``sum`` is."""

SIDES = (
    *(("{}_control", "{}_arm"), ("{}_control", "{}_treatment"), ("{}_control", "{}_variant"), ("{}_c", "{}_t")),
    *(("control_{}", "treatment_{}"), ("control_{}", "variant_{}"), ("{}_a", "{}_b"), ("a_{}", "b_{}")),
)
"""How the columns of two arms that stand beside each other are told apart: control, then the other."""
MIDDLES = ("hits", "mean", "sum")


@dataclass(frozen=True)
class Layout:
    """Where a table holds what.

    Parameters
    ----------
    words
        The column of each role of words that there is.
    sides
        For each arm that a row holds, the column of each role of numbers: one of them where each arm has rows of its
        own, else control's and the other's.
    only
        What the one metric is called where no column names metrics: as its hits, means or sums are.
    """

    words: Mapping[str, str]
    sides: tuple[Mapping[str, str], ...]
    only: str

    @property
    def wide(self) -> bool:
        """Whether two arms stand beside each other."""
        return len(self.sides) == 2

    @property
    def used(self) -> set[str]:
        """The columns that are read."""
        return {*self.words.values(), *(column for side in self.sides for column in side.values())}


def laid_out(source: str, names: Sequence[str], wish: Mapping[str, str]) -> Layout:
    """Find the columns, those wished for before those that are called as one expects.

    Raises
    ------
    InputError
        If a column wished for is not there, or none tells the arm, the count or the mean.
    SettingError
        If a role is wished for that is none.
    """
    known = plainly(names)
    for role, column in wished(wish).items():
        if column not in names:
            raise InputError(f"{source} has no column '{column}'; it has {', '.join(names)}.{nearest(column, names)}")
        known[role] = column
    words = found(known, WORDS, "{}")
    for control, other in SIDES:
        sides = found(known, NUMBERS, control), found(known, NUMBERS, other)
        if all("n" in side and not side.keys().isdisjoint(MIDDLES) for side in sides):
            taken = {column for side in sides for column in side.values()}
            free = {role: column for role, column in words.items() if column not in taken}
            role = next(role for role in MIDDLES if role in sides[0])
            return Layout(free, sides, next(name for name in NUMBERS[role] if control.format(name) in known))
    numbers = found(known, NUMBERS, "{}")
    for role, held in (("arm", words), ("n", numbers)):
        if role not in held:
            what = {"arm": "tells the arm", "n": "counts the units"}[role]
            like = ", ".join((WORDS.get(role) or NUMBERS[role])[:3])
            raise InputError(
                f"{source} has no column that {what} (expected one such as {like}); it has {', '.join(names)}. Name "
                f"it: columns={{'{role}': '{names[-1]}'}}."
            )
    if numbers.keys().isdisjoint(MIDDLES):
        raise InputError(
            f"{source} has no column of means, sums or hits (expected one such as mean, sum or conversions); it has "
            f"{', '.join(names)}. Name it: columns={{'mean': '{names[-1]}'}}."
        )
    return Layout(words, (numbers,), next(numbers[role] for role in MIDDLES if role in numbers))


def is_aggregates(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table holds counts and means by arm, and no units: its columns say so, or each arm has one row."""
    try:
        layout = laid_out("", names, {})
    except InputError:
        return False
    if layout.wide or "metric" in layout.words or not {"variance", "sd", "squares"}.isdisjoint(layout.sides[0]):
        return True
    arms = [row[list(names).index(layout.words["arm"])] for row in rows]
    return len(set(arms)) == len(arms) > 1


def wished(wish: Mapping[str, str]) -> Mapping[str, str]:
    """Return an explicit mapping if it maps roles only."""
    numbers = [side.format(role) for role in NUMBERS for side in SIDES[0]]
    roles = [*WORDS, *NUMBERS, *numbers]
    for role in wish:
        if role not in roles:
            raise SettingError(
                f"columns maps '{role}', which is none of {', '.join((*WORDS, *NUMBERS))}, nor one of the numbers with "
                f"_control or _arm behind it.{nearest(role, roles)}"
            )
    return wish


def found(known: Mapping[str, str], roles: Mapping[str, tuple[str, ...]], form: str) -> dict[str, str]:
    """Return the column of each role that there is, no column for two of them."""
    made: dict[str, str] = {}
    for role, names in roles.items():
        columns = [known[form.format(name)] for name in names if form.format(name) in known]
        free = [column for column in columns if column not in made.values()]
        if free:
            made[role] = free[0]
    return made


def plainly(names: Sequence[str]) -> dict[str, str]:
    """Return columns by their names in small letters with underscores.

    Examples
    --------
    >>> plainly(["Sum of squares", "n.users"])
    {'sum_of_squares': 'Sum of squares', 'n_users': 'n.users'}
    """
    made: dict[str, str] = {}
    for name in names:
        made.setdefault(re.sub(r"[^0-9a-z]+", "_", name.casefold()).strip("_"), name)
    return made
