"""A registration to fill in by hand."""

import json
from collections.abc import Sequence
from datetime import date

from pmlib.core import SettingError

HEAD = """\
# What is written down before the experiment begins. Fill it in, keep it with the code, and change nothing after the
# start: a report quotes its digest, and says where the experiment was not run as planned.
# A line that begins with # is a remark; take the sign away to use the setting.

name = {name}
# In a sentence: what changes, for whom, by how much, and why you think so.
hypothesis = {hypothesis}
# owner = "Activation"            # who answers for it
# unit = "user"                   # what falls into the arms
control = {control}               # the arm the others are compared with

start = {start}                   # the first day on which units are taken in
weeks = {weeks}                   # whole weeks to the horizon, the last day that counts
# units = 20000                   # units in all arms together at the horizon; experiments.plan tells how many

# The result is read once, at the horizon. To read it before, plan the looks:
# looks = {{every = "week"}}        # or their number, such as 4, or days such as [{start}]
# spending = "obrien-fleming"     # how looks share alpha; or "kim-demets", which spends more of it early
# reading = "always-valid"        # or read it at any time: intervals are wider

alpha = 0.05                      # the chance of a false alarm
power = 0.8                       # the chance to see the smallest lift that matters
# seed = 0                        # of whatever is drawn at random
# segments = ["platform"]         # by what the result is split
# cluster = "account_id"          # where units belong together

# From events to units; leave these out where you have a table with one row a unit.
# exposure = "experiment_viewed"  # the event that says a unit was exposed
# variant = "variant"             # its property that holds the arm
# activation = "checkout_opened"  # only units that did this count

# When all is filled in: the digest that pmlib register prints, so that whatever is edited later raises an alarm.
# digest = "2ea3b35b7678"

# Parts (1 and 1), shares (0.5 and 0.5) or per cent ("50%" and "50%"); 0 is an arm that takes in nobody.
[arms]
{arms}
"""
GOAL = """
# The goal decides. [metrics.NAME] is a column of the units, or is made from events by one of metric, event or sql.
[metrics.{name}]
role = "goal"
smallest = 0.05                   # the smallest relative lift that matters
# better = "down"                 # where less is better
# window = 14                     # days after exposure that count; delay = 1 leaves out the first
# event = "booking_made"          # did the unit do it; count = true: how often
# sql = "sum(amount_eur)"         # or one aggregate over the events of a unit; over_sql makes it a ratio
# lookback = 28                   # days before exposure that sharpen the result (CUPED); of units: before = "column"
# cap = 0.99                      # cut off what lies beyond this quantile
"""
GUARDRAIL = """
# A guardrail must not suffer.
[metrics.{name}]
role = "guardrail"
margin = 0.02                     # the relative loss still accepted
"""


def template(
    *,
    name: str = "My experiment",
    hypothesis: str = "",
    arms: Sequence[str] = ("control", "treatment"),
    start: date | None = None,
    weeks: int = 4,
    goals: Sequence[str] = ("converted",),
    guardrails: Sequence[str] = (),
) -> str:
    """Return the text of a registration to fill in; it loads as soon as it has a hypothesis.

    Parameters
    ----------
    arms
        The arms, control first.
    start
        By default a day to be changed.
    goals, guardrails
        The names of metrics.

    Raises
    ------
    SettingError
        If there are not two arms, or no goal, or a name is empty or given twice.
    """
    if len(arms) < 2 or not goals:
        raise SettingError("A plan needs two arms and a goal. Name them: arms=('control', 'treatment').")
    for what, names in (("arm", arms), ("metric", (*goals, *guardrails))):
        if "" in [one.strip() for one in names]:
            raise SettingError(
                f"The name of {'an' if what == 'arm' else 'a'} {what} is empty. Give it one, or leave it out."
            )
        for one in names:
            if names.count(one) > 1:
                either = ", as a goal or as a guardrail" if one in goals and one in guardrails else ""
                raise SettingError(f"The {what} '{one}' is named twice. Name it once{either}.")
    head = HEAD.format(
        name=written(name),
        hypothesis=written(hypothesis),
        control=written(arms[0]),
        start=(start or date(2026, 1, 5)).isoformat(),
        weeks=weeks,
        arms="\n".join(f"{written(arm)} = 1" for arm in arms),
    )
    tables = [GOAL.format(name=written(one)) for one in goals] + [
        GUARDRAIL.format(name=written(one)) for one in guardrails
    ]
    return head + "".join(tables)


def written(text: str) -> str:
    r"""Write a text as TOML does, whatever signs it holds.

    Examples
    --------
    >>> print(written('a "b"'))
    "a \"b\""
    """
    # JSON escapes as TOML's basic strings do, but for the delete sign.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f")
