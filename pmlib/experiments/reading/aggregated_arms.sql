-- How many units each arm has, in each segment: in each part of the units as many as its metric with most of them, where
-- nobody said how many there are. Segments are those of the column at $place, counted from 1; 0 is none.
WITH held AS (
  SELECT *, parts[$place] AS part
  FROM aggregates
),

times AS (
  SELECT metric, instant, count(DISTINCT arm) AS arms
  FROM held
  GROUP BY metric, instant
),

latest AS (
  SELECT metric, max_by(instant, (arms, instant)) AS instant
  FROM times
  GROUP BY metric
),

cells AS (
  SELECT
    arm,
    part,
    parts,
    CASE WHEN NOT $running THEN held.instant END AS instant,
    max(coalesce(units, n)) AS units
  FROM held
  INNER JOIN latest ON held.metric = latest.metric
  WHERE NOT $running OR held.instant IS NOT DISTINCT FROM latest.instant
  GROUP BY ALL
)

SELECT
  part,
  arm,
  CAST(sum(units) AS BIGINT) AS units
FROM cells
GROUP BY part, arm
ORDER BY part NULLS LAST, arm
