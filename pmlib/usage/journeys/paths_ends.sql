-- Where most paths end within the steps: at which step, after which event.
SELECT len(way) AS step, way[-1] AS name, count(*) AS paths
FROM visit_ways
WHERE NOT more
GROUP BY step, name
ORDER BY paths DESC, step, name
LIMIT $most
