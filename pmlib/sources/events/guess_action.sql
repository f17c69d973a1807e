-- For each event, how users who did it within 7 days of their first event differ from the others in coming back in the
-- three weeks after. Only users whose four weeks have passed count; the contrast is the correlation of both (phi).
WITH born AS (
    SELECT user_id, min(ts) AS first
    FROM events
    GROUP BY user_id
),

people AS (
    SELECT
        user_id,
        any_value(first) AS first,
        max(CASE WHEN ts >= first + INTERVAL 7 DAY AND ts < first + INTERVAL 28 DAY THEN 1 ELSE 0 END) AS back
    FROM events
    JOIN born USING (user_id)
    WHERE first <= CAST($as_of AS TIMESTAMP) - INTERVAL 27 DAY
    GROUP BY user_id
),

early AS (
    SELECT DISTINCT event, user_id, back
    FROM events
    JOIN people USING (user_id)
    WHERE ts < first + INTERVAL 7 DAY AND event <> $start
),

totals AS (
    SELECT count(*) AS everyone, coalesce(sum(back), 0) AS all_back FROM people
),

counted AS (
    SELECT event, count(*) AS doers, sum(back) AS doers_back FROM early GROUP BY event
),

reach AS (
    SELECT event, count(DISTINCT user_id) AS users FROM events WHERE event <> $start GROUP BY event
)

SELECT
    event,
    users,
    doers_back / doers AS back_with,
    (all_back - doers_back) / nullif(everyone - doers, 0) AS back_without,
    CASE
        WHEN doers BETWEEN 0.02 * everyone AND 0.95 * everyone AND doers >= 10 AND all_back BETWEEN 1 AND everyone - 1
            THEN
                (doers_back * CAST(everyone AS DOUBLE) - CAST(doers AS DOUBLE) * all_back)
                / sqrt(CAST(doers AS DOUBLE) * (everyone - doers) * all_back * (everyone - all_back))
    END AS contrast
FROM reach
LEFT JOIN counted USING (event)
CROSS JOIN totals
ORDER BY users DESC, event
LIMIT 200
