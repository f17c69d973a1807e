-- The day with the most events, and all events.
SELECT day, count(*) AS n, sum(count(*)) OVER () AS total
FROM events
GROUP BY day
ORDER BY n DESC, day
LIMIT 1
