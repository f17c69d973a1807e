-- A value of one segment column that says "all" or nothing, and counts as many units as all others everywhere.
WITH cells AS (
  SELECT
    experiment,
    metric,
    arm,
    instant,
    parts[$place] AS part,
    sum(n) AS n
  FROM aggregates
  GROUP BY ALL
),

sums AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY experiment, metric, arm, instant) - n AS others
  FROM cells
)

SELECT part
FROM sums
WHERE part IS NULL OR lower(part) IN ('all', '(all)', 'total', 'overall', 'sum', 'everyone', 'everybody', '*')
GROUP BY part
HAVING bool_and(n = others) AND sum(n) > 0
ORDER BY part
