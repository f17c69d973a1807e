-- As activity.sql, but a period counts as one of return only with $least return events, and a third row of bits tells
-- the periods with that many strictly after their first start.
WITH
    numbered AS (
        SELECT
            user_id,
            ts,
            the_start AS begins,
            the_return AS returned,
            CASE $every
                WHEN 'day' THEN day - DATE '1900-01-01'
                WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
                ELSE year(day) * 12 + month(day) - 1
            END AS bucket
        FROM events
        WHERE the_start OR the_return
    ),
    counted AS (
        SELECT
            user_id,
            bucket,
            bool_or(begins) AS started,
            count(*) FILTER (WHERE returned) >= $least AS back,
            -- So many lie after the first start if the one so many from the end does.
            (max(ts, $least) FILTER (WHERE returned))[$least] > min(ts) FILTER (WHERE begins) AS after
        FROM numbered
        GROUP BY user_id, bucket
    )
SELECT
    user_id,
    min(bucket) FILTER (WHERE started) AS first,
    the_starts AS starts,
    the_returns AS returns,
    the_again AS again
FROM counted
GROUP BY user_id
HAVING first <= $newest
ORDER BY user_id
