-- Active people by how many of the features they used in the weeks looked at, and by part (null where there are none).
SELECT part, used, count(*) AS people
FROM (
    SELECT present.user_id, count(uses.event) AS used
    FROM present
    LEFT JOIN uses ON uses.user_id = present.user_id AND uses.n > 0 AND list_contains($names, uses.event)
    GROUP BY present.user_id
) AS breadth
LEFT JOIN parts USING (user_id)
GROUP BY ALL
ORDER BY part NULLS FIRST, used
