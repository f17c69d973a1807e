-- The events looked at by week; without a name, all events together.
SELECT event, tracked_week AS week, n, days
FROM tracked
WHERE tracked_week BETWEEN $oldest AND $until AND event IN (SELECT event FROM tracked_names)
UNION ALL
SELECT NULL AS event, tracked_week AS week, sum(n) AS n, bit_or(days) AS days
FROM tracked
WHERE tracked_week BETWEEN $oldest AND $until
GROUP BY tracked_week
ORDER BY event NULLS FIRST, week
