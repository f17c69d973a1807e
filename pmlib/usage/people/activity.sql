-- For each who started: the period of the first start in all history, and as bits the periods with a start and those
-- with a return; the leftmost bit is the oldest period.
WITH wanted AS (
    SELECT user_id, day, the_start AS is_start, the_return AS is_return FROM events WHERE the_start OR the_return
)
SELECT
    user_id,
    min(bucket) FILTER (WHERE is_start) AS first,
    the_starts AS starts,
    the_returns AS returns,
    'all' AS part,
    1 AS place
FROM wanted JOIN calendar USING (day)
GROUP BY user_id
HAVING first <= $newest
