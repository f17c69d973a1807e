-- One row a period that has a date of the series: the metric and what it is divided by.
-- A period's number is that of pmlib.core.Buckets.
SELECT
    CASE $every
        WHEN 'day' THEN date - DATE '1900-01-01'
        WHEN 'week' THEN (date - DATE '1900-01-01' + 1 - $week_start) // 7
        ELSE year(date) * 12 + month(date) - 1
    END AS bucket,
    the_amount AS amount,
    the_base AS n
FROM series
WHERE date BETWEEN $since AND $until
GROUP BY bucket
ORDER BY bucket
