-- For each who started: the period of the first start in all history, and as bits the periods with a start and those
-- with a return; the leftmost bit is period $oldest, the rightmost $newest. Periods count as in pmlib.core.Buckets.
WITH numbered AS (
    SELECT
        user_id,
        CASE $every
            WHEN 'day' THEN day - DATE '1900-01-01'
            WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
            ELSE year(day) * 12 + month(day) - 1
        END AS bucket,
        the_start AS is_start,
        the_return AS is_return
    FROM events
    WHERE the_start OR the_return
)
SELECT
    user_id,
    min(bucket) FILTER (WHERE is_start) AS first,
    the_starts AS starts,
    the_returns AS returns,
    'all' AS part,
    1 AS place
FROM numbered
GROUP BY user_id
HAVING first <= $newest
ORDER BY user_id
