-- A quantile of one arm, and its values of two ranks, counted from 1 in rising order. "the_value" stands for the metric.
WITH given AS (
  SELECT the_value AS value
  FROM units
  WHERE arm = $arm
),

numbered AS (
  SELECT value, row_number() OVER (ORDER BY value) AS rank
  FROM given
  WHERE value IS NOT NULL
)

SELECT
  quantile_cont(value, $quantile) AS value,
  max(value) FILTER (WHERE rank = $low) AS low,
  max(value) FILTER (WHERE rank = $high) AS high
FROM numbered
