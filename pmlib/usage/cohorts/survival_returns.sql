-- Of those who had been idle for $idle days on the day $then, how many were active again since.
WITH met AS (
    SELECT
        user_id,
        min(day) FILTER (WHERE the_start) AS first,
        max(day) FILTER (WHERE the_return AND day <= $then) AS before,
        max(day) FILTER (WHERE the_return) AS last
    FROM events
    WHERE the_start OR the_return
    GROUP BY user_id
)
SELECT count(*) AS stopped, count(*) FILTER (WHERE last > $then) AS back
FROM met
WHERE first BETWEEN $since AND $then AND $then - greatest(first, coalesce(before, first)) >= $idle
