-- The events that are features, those most people used first; without a start named, an event that most new people begin
-- with is none.
SELECT event, count(*) FILTER (WHERE n > 0) AS people, count(*) OVER () AS events
FROM uses
LEFT JOIN newcomers USING (user_id)
WHERE event <> $start
GROUP BY event
HAVING
    $start <> ''
    OR count(*) FILTER (WHERE begins AND newcomers.day >= $begin) * 2
        <= (SELECT count(*) FROM newcomers WHERE day >= $begin)
ORDER BY people DESC, event
LIMIT $most
