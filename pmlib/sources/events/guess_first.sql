-- For each event, the share of users who do it first; of those at one moment the rarer begins.
WITH counts AS (
    SELECT event, count(*) AS n FROM events GROUP BY event
),

firsts AS (
    SELECT user_id, arg_min(event, (ts, n)) AS event
    FROM events
    JOIN counts USING (event)
    GROUP BY user_id
)

SELECT event, count(*) / sum(count(*)) OVER () AS firsts
FROM firsts
GROUP BY event
ORDER BY firsts DESC, event
LIMIT 20
