-- A quantile of the units of one arm that were put there in clusters, its values of two ranks, counted from 1 in rising
-- order, and by cluster how many units there are and how many lie at the quantile or below. "the_value" stands for the
-- metric.
WITH given AS (
  SELECT unit, the_value AS value
  FROM members
  WHERE arm = $arm AND the_value IS NOT NULL
),

numbered AS (
  SELECT value, row_number() OVER (ORDER BY value) AS rank
  FROM given
),

found AS (
  SELECT
    quantile_cont(value, $quantile) AS value,
    max(value) FILTER (WHERE rank = $low) AS low,
    max(value) FILTER (WHERE rank = $high) AS high
  FROM numbered
),

each AS (
  SELECT count_if(given.value <= found.value) AS below, count(*) AS size
  FROM given
  CROSS JOIN found
  GROUP BY given.unit
),

clusters AS (
  SELECT
    count(*) AS clusters,
    sum(below) AS below,
    sum(size) AS size,
    sum(below * below) AS below_below,
    sum(below * size) AS below_size,
    sum(size * size) AS size_size
  FROM each
)

SELECT found.value, found.low, found.high, clusters.*
FROM found
CROSS JOIN clusters
