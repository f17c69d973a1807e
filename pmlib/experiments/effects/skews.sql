-- The values of each arm in rising order; "the_value" stands for the metric.
WITH held AS (SELECT arm, the_value AS value FROM units)

SELECT arm, value
FROM held
WHERE arm IS NOT NULL AND value IS NOT NULL
ORDER BY arm, value
