-- The metrics, and what their rows hold beside them.
SELECT
  metric,
  count(over_mean) > 0 AS over,
  count(before_mean) > 0 AS before
FROM aggregates
GROUP BY metric
ORDER BY metric
