-- How many were active in the periods shown before the event that makes new, or without it.
WITH
    numbered AS (
        SELECT
            user_id,
            event = $birth AS is_birth,
            $event = '' OR event = $event AS is_active,
            CASE $every
                WHEN 'day' THEN day - DATE '1900-01-01'
                WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
                ELSE year(day) * 12 + month(day) - 1
            END AS bucket
        FROM events
        WHERE event = $birth OR event = $event OR $event = ''
    ),
    births AS (SELECT user_id, min(bucket) AS born FROM numbered WHERE is_birth GROUP BY user_id)
SELECT count(DISTINCT numbered.user_id) AS people
FROM numbered LEFT JOIN births ON births.user_id = numbered.user_id
WHERE is_active AND bucket BETWEEN $since AND $until AND coalesce(born > bucket, true)
