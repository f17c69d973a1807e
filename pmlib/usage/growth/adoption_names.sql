-- The events that may be features, those most people used first, and whether all new people have one in time, so that it
-- is no choice; without a start named, an event that most new people begin with is none.
SELECT
    event,
    count(*) FILTER (WHERE n > 0) AS people,
    count(*) FILTER (
        WHERE
            epoch_us(since) - epoch_us(first) < $within * 86400000000
            AND followed >= $within
            AND newcomers.day BETWEEN $begin AND $end
    ) = (SELECT count(*) FROM newcomers WHERE followed >= $within AND day BETWEEN $begin AND $end) AS common
FROM uses
LEFT JOIN newcomers USING (user_id)
WHERE event <> $start
GROUP BY event
HAVING
    $start <> ''
    OR count(*) FILTER (WHERE begins AND newcomers.day >= $begin) * 2
        <= (SELECT count(*) FROM newcomers WHERE day >= $begin)
ORDER BY people DESC, event
