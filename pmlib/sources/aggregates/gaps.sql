-- Metrics that lack an arm which another metric of the same experiment has.
WITH arms AS (SELECT DISTINCT experiment, arm FROM aggregates),

metrics AS (SELECT DISTINCT experiment, metric FROM aggregates)

SELECT
  metrics.experiment,
  metrics.metric,
  arms.arm
FROM metrics
INNER JOIN arms ON metrics.experiment IS NOT DISTINCT FROM arms.experiment
WHERE NOT EXISTS (
  SELECT 1
  FROM aggregates
  WHERE
    aggregates.experiment IS NOT DISTINCT FROM metrics.experiment
    AND aggregates.metric = metrics.metric
    AND aggregates.arm = arms.arm
)
ORDER BY metrics.experiment, metrics.metric, arms.arm
