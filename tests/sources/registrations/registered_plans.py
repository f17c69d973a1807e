"""Registrations to test with: one that uses everything, and the smallest."""

from pmlib.sources import Registration
from pmlib.sources.registrations.load import read

WHOLE = """
name = "New checkout"
hypothesis = "Fewer steps, more bookings."
owner = "Checkout"
unit = "account"
control = "old"
start = 2026-03-02
weeks = 4
units = 20_000
looks = {every = "week"}
spending = "kim-demets"
alpha = 0.01
power = 0.9
seed = 7
cluster = "company"
segments = ["platform", "country"]
exposure = "checkout_opened"
variant = "checkout_variant"
activation = "cart_filled"

[arms]
old = 2
new = 1
paused = 0

[metrics.booked]
event = "booking_made"
window = 14
delay = 1
lookback = 28
smallest = 0.05
title = "trips booked"

[metrics.spend_per_trip]
role = "secondary"
sql = "sum(amount_eur)"
over_sql = "count(*)"
cap = 0.99

[metrics.refunds]
role = "guardrail"
better = "down"
event = "refunded"
count = true
margin = 0.02

[metrics.load_ms]
role = "guardrail"
kind = "quantile"
quantile = 0.9
better = "down"
margin = 0.1
"""
SMALL = 'name = "x"\nhypothesis = "y"\n{top}\narms = ["control", "new"]\n[metrics.paid]\n{metric}\n'


def small(top: str = "", metric: str = "") -> Registration:
    return read(SMALL.format(top=top, metric=metric), "plan.toml")
