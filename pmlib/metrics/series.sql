-- One row a period that has events: the metric, what it is divided by, and on how many days anything happened.
-- A period's number is that of pmlib.core.Buckets.
SELECT
    CASE $every
        WHEN 'day' THEN day - DATE '1900-01-01'
        WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
        ELSE year(day) * 12 + month(day) - 1
    END AS bucket,
    the_amount AS amount,
    the_base AS n,
    count(DISTINCT day) AS days
FROM events
WHERE day BETWEEN $since AND $until
GROUP BY bucket
ORDER BY bucket
