-- Of each part: the new people whose days are over (event null), and those who used a feature within them.
WITH new AS (
    SELECT user_id, first, part, place
    FROM newcomers
    JOIN parts USING (user_id)
    WHERE followed >= $within AND newcomers.day BETWEEN $begin AND $end
)
SELECT part, place, NULL AS event, count(*) AS people FROM new GROUP BY ALL
UNION ALL
SELECT part, place, event, count(*)
FROM new
JOIN uses USING (user_id)
WHERE list_contains($names, event) AND epoch_us(since) - epoch_us(first) < $within * 86400000000
GROUP BY ALL
ORDER BY place, event NULLS FIRST
