-- A metric, arm, time and segment with several rows.
SELECT
  experiment,
  metric,
  arm,
  CAST(day AS VARCHAR) AS moment,
  count(*) AS rows
FROM aggregates
GROUP BY experiment, metric, arm, day, instant, parts
HAVING count(*) > 1
ORDER BY experiment, metric, instant, arm, parts
LIMIT 1
