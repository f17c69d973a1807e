-- When each one's own windows open: at the first start in all history, or at the first in every period with one.
WITH numbered AS (
    SELECT
        user_id,
        ts,
        CASE $every
            WHEN 'day' THEN day - DATE '1900-01-01'
            WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
            ELSE year(day) * 12 + month(day) - 1
        END AS bucket
    FROM events
    WHERE the_start
)
SELECT user_id, min(bucket) AS cohort, min(ts) AS opened
FROM numbered
GROUP BY user_id, CASE WHEN $recurring THEN bucket END
ORDER BY user_id, cohort
