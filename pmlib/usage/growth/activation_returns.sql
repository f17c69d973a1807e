-- Of the people of the judging half who stayed: how many did the behaviour and how many did not, and with which events
-- they were back (event null: all of them).
WITH
    doers AS (SELECT user_id FROM early WHERE event = $event AND n >= $times),
    back AS (
        SELECT early.event, early.user_id, doers.user_id IS NOT NULL AS done
        FROM early
        LEFT JOIN doers ON doers.user_id = early.user_id
        WHERE half = 1 AND stayed
    )
SELECT event, count_if(done) AS done, count_if(NOT done) AS others FROM back GROUP BY event
UNION ALL
SELECT NULL, count(DISTINCT user_id) FILTER (WHERE done), count(DISTINCT user_id) FILTER (WHERE NOT done) FROM back
ORDER BY event NULLS FIRST
