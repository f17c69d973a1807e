-- Metrics by arm and segment from aggregates: rows of a metric and arm merged exactly, whatever parts they are of. Of
-- running totals the last time at which every arm has a row counts. Segments are those of the column at $place, counted
-- from 1; 0 is none. A segment is its place in $told from 0; all that are not told apart come after them as one.
WITH held AS (
  SELECT
    *,
    CASE
      WHEN parts[$place] IS NOT NULL
        THEN coalesce(nullif(list_position(CAST($told AS VARCHAR[]), parts[$place]), 0), len($told) + 1) - 1
    END AS part
  FROM aggregates
  WHERE list_contains($metrics, metric)
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

taken AS (
  SELECT held.*
  FROM held
  INNER JOIN latest ON held.metric = latest.metric
  WHERE NOT $running OR held.instant IS NOT DISTINCT FROM latest.instant
),

-- Deviations from the least of the means keep the digits of a mean far from 0.
sums AS (
  SELECT
    metric,
    arm,
    part,
    sum(n) AS total,
    min(mean) FILTER (n > 0) AS low,
    min(over_mean) FILTER (n > 0) AS over_low,
    min(before_mean) FILTER (n > 0) AS before_low
  FROM taken
  GROUP BY metric, arm, part
),

middles AS (
  SELECT
    taken.metric,
    taken.arm,
    taken.part,
    any_value(low) + fsum(n * (mean - low)) / any_value(total) AS middle,
    any_value(over_low) + fsum(n * (over_mean - over_low)) / any_value(total) AS over_middle,
    any_value(before_low) + fsum(n * (before_mean - before_low)) / any_value(total) AS before_middle
  FROM taken
  INNER JOIN sums
    ON taken.metric = sums.metric AND taken.arm = sums.arm AND taken.part IS NOT DISTINCT FROM sums.part
  WHERE n > 0
  GROUP BY taken.metric, taken.arm, taken.part
),

deviating AS (
  SELECT
    taken.*,
    mean - middle AS d,
    over_mean - over_middle AS over_d,
    before_mean - before_middle AS before_d,
    middle,
    over_middle,
    before_middle
  FROM taken
  LEFT JOIN middles
    ON taken.metric = middles.metric AND taken.arm = middles.arm AND taken.part IS NOT DISTINCT FROM middles.part
)

SELECT
  metric,
  arm,
  part,
  bool_and(yes_or_no) AS yes_or_no,
  CAST(sum(n) AS BIGINT) AS n,
  any_value(middle) AS mean,
  any_value(over_middle) AS over_mean,
  any_value(before_middle) AS before_mean,
  fsum((n - 1) * variance + n * d * d) FILTER (n > 0) / greatest(sum(n) - 1, 1) AS variance,
  fsum((n - 1) * over_variance + n * over_d * over_d) FILTER (n > 0) / greatest(sum(n) - 1, 1) AS over_variance,
  fsum((n - 1) * before_variance + n * before_d * before_d) FILTER (n > 0) / greatest(sum(n) - 1, 1) AS before_variance,
  fsum((n - 1) * over_covariance + n * d * over_d) FILTER (n > 0) / greatest(sum(n) - 1, 1) AS over_covariance,
  fsum((n - 1) * before_covariance + n * d * before_d) FILTER (n > 0) / greatest(sum(n) - 1, 1) AS before_covariance,
  fsum((n - 1) * over_before_covariance + n * over_d * before_d) FILTER (n > 0) / greatest(sum(n) - 1, 1)
    AS over_before_covariance,
  fsum(n * third + 3 * d * (n - 1) * variance + n * d * d * d) FILTER (n > 0) / sum(n) AS third,
  count_if(third IS NULL AND n > 0) = 0 AS has_third,
  count_if((over_mean IS NULL OR over_variance IS NULL OR over_covariance IS NULL) AND n > 0) = 0 AS has_over,
  count_if((before_mean IS NULL OR before_variance IS NULL OR before_covariance IS NULL) AND n > 0) = 0 AS has_before,
  count_if(over_before_covariance IS NULL AND n > 1) = 0 AS has_over_before,
  count_if(least IS NULL OR most IS NULL) FILTER (n > 0) = 0 AS has_ends,
  min(least) FILTER (n > 0) AS least,
  max(most) FILTER (n > 0) AS most,
  max(ceiling) AS ceiling
FROM deviating
GROUP BY metric, arm, part
ORDER BY metric, part NULLS LAST, arm
