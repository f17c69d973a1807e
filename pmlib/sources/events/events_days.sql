-- The first and last day, and whether the last ended no earlier than days usually do: not before the 5th percentile
-- of the last events of the 28 days before.
WITH ends AS (
    SELECT
        day,
        epoch(max(ts) AT TIME ZONE 'UTC' AT TIME ZONE $zone) - epoch(CAST(day AS TIMESTAMP)) AS second,
        max(day) OVER () AS last,
        min(day) OVER () AS first
    FROM events
    GROUP BY day
)
SELECT
    any_value(first) AS first,
    any_value(last) AS last,
    coalesce(
        max(second) FILTER (WHERE day = last)
        >= quantile_cont(second, 0.05) FILTER (WHERE day < last AND day >= last - 28),
        true
    ) AS complete,
    count(*) AS days
FROM ends
