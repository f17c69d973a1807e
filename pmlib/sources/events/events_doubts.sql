-- What "What to doubt" looks at: days of the last 8 weeks without an event, one user only, clocks that were not set.
SELECT
    (
        SELECT list(CAST(spine AS DATE) ORDER BY spine)
        FROM generate_series(
            CAST(greatest(min(events.day), $as_of - 55) AS TIMESTAMP), CAST($as_of AS TIMESTAMP), INTERVAL 1 DAY
        ) AS spines (spine)
        WHERE CAST(spine AS DATE) NOT IN (SELECT DISTINCT day FROM events WHERE day >= $as_of - 55)
    ) AS gaps,
    min(user_id) = max(user_id) AS alone,
    count_if(ts < TIMESTAMP '2000-01-01') AS early
FROM events
