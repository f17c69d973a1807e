-- Each local day there may be events on, and its period as pmlib.core.Buckets counts.
SELECT
    day,
    CAST(
        CASE $every
            WHEN 'day' THEN day - DATE '1900-01-01'
            WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
            ELSE year(day) * 12 + month(day) - 1
        END AS INTEGER
    ) AS bucket
FROM (SELECT CAST(unnest(range($begin, $end, INTERVAL 1 DAY)) AS DATE) AS day) AS days
