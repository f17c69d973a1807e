-- How many units were first exposed on each day, by arm.
SELECT exposed_on AS day, arm, count(*) AS units
FROM units
GROUP BY exposed_on, arm
ORDER BY day, arm
