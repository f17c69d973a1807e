-- For each event that has an amount: how often, how often below 0, and from when to when.
SELECT
    event,
    count(*) AS n,
    count(*) FILTER (WHERE the_amount < 0) AS negative,
    count(DISTINCT user_id) AS customers,
    min(day) FILTER (WHERE the_amount >= 0) AS first
FROM events
WHERE ($event = '' OR event = $event) AND the_amount IS NOT NULL
GROUP BY event
ORDER BY n DESC, event
