-- Each event by calendar week: how often, on which days of the week (bits from its first day), its first and last day.
SELECT
    event,
    (day - DATE '1900-01-01' + 1 - $week_start) // 7 AS tracked_week,
    count(*) AS n,
    bit_or(CAST(1 AS INTEGER) << CAST((day - DATE '1900-01-01' + 1 - $week_start) % 7 AS INTEGER)) AS days,
    min(day) AS first_day,
    max(day) AS last_day
FROM events
WHERE event IS NOT NULL
GROUP BY ALL
