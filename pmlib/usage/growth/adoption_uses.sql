-- For each person and event: the first use since the first start and whether the start itself was one (told rightly only
-- of people new since $begin, whose rows are all here), and how often and from which to which day it was used in the
-- weeks looked at.
SELECT
    user_id,
    event,
    min(events.ts) FILTER (WHERE events.ts >= newcomers.first) AS since,
    coalesce(bool_or(events.ts = newcomers.first), false) AS begins,
    count(*) FILTER (WHERE events.day BETWEEN $since AND $until) AS n,
    min(events.day) FILTER (WHERE events.day BETWEEN $since AND $until) AS first_day,
    max(events.day) FILTER (WHERE events.day BETWEEN $since AND $until) AS last_day
FROM events
LEFT JOIN newcomers USING (user_id)
WHERE newcomers.day >= $begin OR events.day BETWEEN $since AND $until
GROUP BY user_id, event
