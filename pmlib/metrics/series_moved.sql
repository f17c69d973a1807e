-- One row a period in which subscriptions started or ended: the metric and what it is divided by.
-- A period's number is that of pmlib.core.Buckets.
SELECT
    CASE $every
        WHEN 'day' THEN the_day - DATE '1900-01-01'
        WHEN 'week' THEN (the_day - DATE '1900-01-01' + 1 - $week_start) // 7
        ELSE year(the_day) * 12 + month(the_day) - 1
    END AS bucket,
    the_amount AS amount,
    the_base AS n
FROM subscriptions
WHERE the_day BETWEEN $since AND $until
GROUP BY bucket
ORDER BY bucket
