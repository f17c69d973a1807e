-- What comes just before and just after some events, by the same user; of users a sample by hash.
WITH placed AS (
    SELECT
        event,
        lag(event) OVER moments AS before,
        lead(event) OVER moments AS after
    FROM events
    WHERE day BETWEEN $begin AND $end AND ($step = 1 OR hash(user_id) % $step = 0)
    WINDOW moments AS (PARTITION BY user_id ORDER BY ts, event)
)

SELECT event, side, neighbour, count(*) AS n
FROM (
    SELECT event, 'before' AS side, coalesce(before, '') AS neighbour FROM placed WHERE event IN $names
    UNION ALL
    SELECT event, 'after' AS side, coalesce(after, '') AS neighbour FROM placed WHERE event IN $names
) AS sides
GROUP BY ALL
ORDER BY event, side, neighbour
