-- How often the count of an arm is smaller than it was the time before.
WITH steps AS (
  SELECT n - lag(n) OVER (PARTITION BY experiment, metric, arm, parts ORDER BY instant) AS step
  FROM aggregates
)

SELECT coalesce(count_if(step < 0), 0) AS falls
FROM steps
