"""What the panel calls questions, options and choices."""

TITLES = {
    "active": "How many are active",
    "active_users": "Active in a day, a week and a month",
    "acquisition": "Where they come from (acquisition)",
    "activation": "Who gets started (activation)",
    "retention": "Who stays (retention)",
    "retention_trend": "Whether more stay than before (retention trend)",
    "survival": "How long they stay (survival)",
    "lifecycle": "Gained and lost (lifecycle)",
    "stickiness": "How often they come (stickiness)",
    "power_curve": "Who comes nearly every day (power curve)",
    "adoption": "Who uses what (adoption)",
    "funnel": "Where they stop (funnel)",
    "time_to_convert": "How long the way takes (time to convert)",
    "paths": "Which ways they take (paths)",
    "sessions": "How they visit (sessions)",
    "purchases": "What customers will buy (purchases)",
    "tracking": "Whether the tracking still tells the same (tracking)",
}
"""What the questions are called, in the order they are offered; one without a title comes last, by its own words."""

EVENTS = {
    "event": "Event",
    "start": "Start event",
    "back": "Return event",
    "birth": "Event that makes new",
    "end": "End event",
    "key": "Key action",
}
STEPS = {"steps": "Steps"}
PROPERTIES = {
    "by": "Break down by",
    "channel": "Channel property",
    "session": "Session property",
    "amount": "Amount property",
}
FIRST = {
    "every": "Period",
    "window_days": "Window, days",
    "days": "Window, days",
    "within_days": "Within days",
    "age": "Periods after the start",
    "steps": "Steps shown",
    "horizon_weeks": "Weeks ahead",
    "weeks": "Weeks shown",
    "features": "Events that are features",
}
"""Options shown at once, beside events and the breakdown; the others wait under *More options*."""
MORE = {
    "at": "Breakdown by the value",
    "top": "Shown one by one, at most",
    "periods": "Periods followed",
    "kind": "Each person starts",
    "start_where": "Only starts where",
    "windows": "Periods are",
    "unbounded": "Later returns count too",
    "brackets": "Periods taken together",
    "least": "Return events needed",
    "zero": "Return in the first period too",
    "average": "Average over",
    "idle_days": "Idle days until stopped",
    "settled": "Without newcomers",
    "often": "Days that are often, 0 for the usual",
    "order": "Order of steps",
    "step_windows": "Longest time of each step",
    "exclude": "Events that may not lie between",
    "exclusion": "Such an event in between",
    "optional": "Steps that may be skipped",
    "ties": "Seconds a step may come early",
    "entry": "First steps that count",
    "reuse": "One event may be two steps",
    "stamps": "Times",
    "entrants": "People counted",
    "attribution": "Breakdown by the value",
    "gap_minutes": "Gap that ends a session, minutes",
    "longest_hours": "Longest session, hours (0 is any)",
    "cut_at_midnight": "Midnight ends a session",
    "collapse": "Repeats are one step",
    "currency": "Currency",
    "return_from": "Day it should last until",
    "return_days": "Days to return in from then",
    "seed": "Seed of the split in halves",
    "plan": "File of the tracking plan",
}
LABELS = {
    "survival.age": "Days after the start",
    "acquisition.age": "Weeks after the start",
    "paths.top": "Events shown at most",
    "activation.top": "Key actions shown at most",
}
"""Options that mean something else in one question."""
CHOICES = {
    "at": {"first": "at the first start", "latest": "they had latest", "each": "at each start"},
    "kind": {
        "first": "once: at the first start that fits",
        "first-ever": "once: at the first start of all",
        "recurring": "anew in each period with a start",
    },
    "windows": {"calendar": "of the calendar", "24h": "24 hours a day, from each start"},
    "average": {"pooled": "all people", "simple": "the cohorts, each alike"},
    "order": {"ordered": "as chosen", "strict": "as chosen, nothing between", "any": "any"},
    "exclusion": {"truncate": "ends the way there", "drop": "leaves the person out"},
    "entry": {"any": "any; the best counts", "first": "the first in each window"},
    "stamps": {"exact": "as they are", "seconds": "cut to whole seconds"},
    "entrants": {"matured": "whose window is over", "all": "all"},
}
"""What choices are called that a question names by one word."""
NOTHING = {
    **dict.fromkeys(("event", "start", "back", "birth"), "any event"),
    "steps": "choose an event",
    "by": "nothing",
}
"""What it is called where no name is chosen; else *none*."""
HINTS = {
    "start_where": "platform = 'ios'",
    "brackets": "1-3, 4-7, 14",
    "features": "events with commas; empty: all",
    "exclude": "events with commas",
    "optional": "steps with commas",
    "step_windows": "1 day, 36 hours",
    "attribution": "first, last or step 2",
    "currency": "EUR",
    "plan": "tracking.csv",
}
"""How a free text is written."""
