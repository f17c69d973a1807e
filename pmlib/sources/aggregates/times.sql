-- How many days or times a metric has in an arm, at most.
SELECT max(times) AS most
FROM (
  SELECT count(DISTINCT instant) AS times
  FROM moments
  GROUP BY experiment, metric, arm
) AS counted
