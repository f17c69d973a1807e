-- People of each half by the number of days on which they were active early, all (event null) and those who did an event
-- at least so many times, and how many of them stayed.
WITH
    people AS (
        SELECT user_id, half, bit_count(bit_or(days)) AS days, bool_or(stayed) AS stayed
        FROM early
        GROUP BY user_id, half
    ),
    most AS (
        SELECT event
        FROM early
        WHERE n > 0
        GROUP BY event
        ORDER BY count(*) DESC, event
        LIMIT $most
    ),
    done AS (
        SELECT
            early.event,
            early.half,
            people.days,
            people.stayed,
            unnest(list_filter($times, lambda one: one <= early.n)) AS times
        FROM early
        SEMI JOIN most USING (event)
        JOIN people USING (user_id)
    )
SELECT event, times, half, days, count(*) AS people, count_if(stayed) AS stayed FROM done GROUP BY ALL
UNION ALL
SELECT NULL, 0, half, days, count(*), count_if(stayed) FROM people GROUP BY ALL
ORDER BY event NULLS FIRST, times, half, days
