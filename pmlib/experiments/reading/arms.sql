-- How many units each arm has; units without an arm stand in a row of their own.
SELECT arm, count(*) AS units
FROM units
GROUP BY arm
ORDER BY arm NULLS LAST
