-- Events of fewer than 1 in 1,000 users more than two years before the day that 0.1% of all events lie before. Times before
-- 2000 are told apart: their clocks were never set.
WITH days AS (
    SELECT day, count(*) AS n FROM events GROUP BY day
),

running AS (
    SELECT day, sum(n) OVER (ORDER BY day) AS upto, sum(n) OVER () AS total FROM days
),

bulk AS (
    SELECT min(day) AS day FROM running WHERE upto > 0.001 * total
),

odd AS (
    SELECT events.user_id, events.day
    FROM events
    WHERE events.day < (SELECT day FROM bulk) - INTERVAL 2 YEAR AND events.ts >= TIMESTAMP '2000-01-01'
),

told AS (
    SELECT count(*) AS events, count(DISTINCT user_id) AS users, min(day) AS first, max(day) AS last FROM odd
)

SELECT
    CASE WHEN users = 0 OR users < 0.001 * (SELECT count(DISTINCT user_id) FROM events) THEN events ELSE 0 END AS events,
    users,
    first,
    last
FROM told
