-- Each arm's units, values and their moments. The engine's variance is centred, so a large mean costs no digits.
-- "metric" stands for the column asked about.
WITH given AS (
  SELECT arm, metric IS NOT NULL AS filled, TRY_CAST(metric AS DOUBLE) AS number
  FROM units
  WHERE arm IS NOT NULL
),

finite AS (
  SELECT arm, filled AND number IS NULL AS unreadable, CASE WHEN isfinite(number) THEN number END AS value
  FROM given
)

SELECT
  arm,
  count(*) AS units,
  count(value) AS n,
  count_if(unreadable) AS unreadable,
  count_if(value = 1) AS ones,
  coalesce(bool_and(value IN (0, 1)), TRUE) AS yes_or_no,
  avg(value) AS mean,
  var_samp(value) AS variance,
  max(abs(value)) / nullif(sum(abs(value)), 0) AS largest
FROM finite
GROUP BY arm
ORDER BY arm
