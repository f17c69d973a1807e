-- For each arm its units, and those that were activated.
SELECT arm, count(*) AS units, count(*) FILTER (WHERE activated) AS activated
FROM units
GROUP BY arm
ORDER BY arm
