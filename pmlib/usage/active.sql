-- Distinct users with any event in each calendar period; a period's number is that of pmlib.core.Buckets.
SELECT
    CASE $every
        WHEN 'day' THEN day - DATE '1900-01-01'
        WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
        ELSE year(day) * 12 + month(day) - 1
    END AS bucket,
    count(DISTINCT user_id) AS users
FROM events
WHERE day BETWEEN $since AND $until
GROUP BY bucket
ORDER BY bucket
