-- As variants_met.sql, but each start opens a window of its own: back is who was back in any of those of the cohort, and
-- the age is over when the last of them is.
WITH
    opened AS (
        SELECT DISTINCT
            user_id,
            ts,
            CASE $every
                WHEN 'day' THEN day - DATE '1900-01-01'
                WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
                ELSE year(day) * 12 + month(day) - 1
            END AS cohort,
            -- At age 0 strictly after the start.
            ts + to_microseconds(greatest(CAST($age * $micros AS BIGINT), 1)) AS reached
        FROM events
        WHERE the_start
    ),
    returned AS (SELECT DISTINCT user_id, ts FROM events WHERE the_return)
SELECT
    opened.user_id AS pattern,
    opened.cohort,
    (epoch_us($until) - epoch_us(max(opened.ts))) // $micros > $age AS over,
    coalesce(bool_or($later OR epoch_us(returned.ts) - epoch_us(opened.ts) < ($age + 1) * $micros)
        FILTER (WHERE returned.ts IS NOT NULL), false) AS back,
    1 AS n
FROM opened
ASOF LEFT JOIN returned ON returned.user_id = opened.user_id AND opened.reached <= returned.ts
WHERE opened.cohort BETWEEN $oldest AND $newest
GROUP BY opened.user_id, opened.cohort
