-- Count, mean, variance and what goes with them, from however they were given. Each row has the reason why it is set
-- aside ("aside") or why the whole table is refused ("fault"), if any, and the number that shows it ("odd").
CREATE TABLE moments AS
WITH timed AS (
  SELECT
    * REPLACE (
      CASE
        WHEN lower(kind) IN ('share', 'proportion', 'binomial', 'binary', 'bernoulli', 'conversion') THEN 'share'
        WHEN lower(kind) IN ('mean', 'count', 'revenue', 'continuous', 'real', 'amount') THEN 'mean'
      END AS kind
    ),
    TRY_CAST(left(moment, 10) AS DATE) AS day_given,
    epoch(TRY_CAST(moment AS TIMESTAMP)) / 86400 AS stamp,
    TRY_CAST(moment AS DOUBLE) AS gone
  FROM given
),

middled AS (
  SELECT
    *,
    coalesce(stamp, gone) AS instant,
    -- Days that are counted: all until the end of the first are 1.
    coalesce(day_given, CAST($start AS DATE) + CAST(ceil(least(gone, 100000) - 1e-6) - 1 AS INTEGER)) AS day,
    -- One unit alone has no variance; nor is one asked for.
    CASE WHEN n > 1 THEN n - 1 END AS freed,
    CASE WHEN n = 0 THEN 0 ELSE coalesce(hits / n, mean, sum / n) END AS middle,
    CASE WHEN n > 0 THEN coalesce(over_mean, over_sum / n) END AS over_middle,
    CASE WHEN n > 0 THEN coalesce(before_mean, before_sum / n) END AS before_middle
  FROM timed
),

spread AS (
  SELECT
    *,
    middle * (1 - middle) AS plain,
    -- What a number written with few digits may be off.
    1e-3 * greatest(abs(middle), abs(coalesce(least, 0)), abs(coalesce(most, 0))) AS slack,
    coalesce(
      variance, sd * sd, (squares - sum * sum / n) / freed,
      CASE WHEN hits IS NOT NULL OR kind = 'share' THEN n / freed * middle * (1 - middle) END
    ) AS width,
    coalesce(over_variance, over_sd * over_sd, (over_squares - over_sum * over_sum / n) / freed) AS over_width,
    coalesce(before_variance, before_sd * before_sd, (before_squares - before_sum * before_sum / n) / freed)
      AS before_width,
    coalesce(over_covariance, (over_products - middle * over_sum) / freed) AS over_slant,
    coalesce(before_covariance, (before_products - middle * before_sum) / freed) AS before_slant
  FROM middled
),

judged AS (
  SELECT
    *,
    greatest(
      abs(coalesce(middle, 0)), abs(coalesce(over_middle, 0)), abs(coalesce(before_middle, 0)),
      abs(coalesce(width, 0)), abs(coalesce(over_width, 0)), abs(coalesce(before_width, 0)),
      abs(coalesce(over_slant, 0)), abs(coalesce(before_slant, 0)), abs(coalesce(over_before_covariance, 0)),
      abs(coalesce(third, 0)), abs(coalesce(least, 0)), abs(coalesce(most, 0)), abs(coalesce(ceiling, 0))
    ) AS largest,
    -- Below 0 where the three covariances go together with no units.
    width * (over_width * before_width - over_before_covariance * over_before_covariance)
    + 2 * over_slant * before_slant * over_before_covariance
    - over_slant * over_slant * before_width - before_slant * before_slant * over_width AS volume,
    variance IS NULL AND sd IS NULL AND squares IS NOT NULL AND hits IS NULL AS by_squares,
    coalesce(
      coalesce(kind, '') <> 'mean'
      AND over_middle IS NULL
      AND middle BETWEEN 0 AND 1
      AND (
        hits IS NOT NULL
        OR coalesce(kind, '') = 'share'
        OR (
          abs(n * middle - round(n * middle)) <= 1e-6
          AND (
            n < 2
            OR abs(width - plain) <= 1e-9 * plain
            OR abs(width - plain * n / (n - 1)) <= 1e-9 * plain
          )
        )
      ),
      FALSE
    ) AS zero_or_one
  FROM spread
),

reasoned AS (
  SELECT
    *,
    bool_and(zero_or_one) OVER (PARTITION BY experiment, metric) AS yes_or_no,
    CASE
      WHEN metric IS NULL THEN 'no metric'
      WHEN arm IS NULL THEN 'no arm'
      WHEN n IS NULL THEN 'no count'
      WHEN $timed AND moment IS NULL THEN 'no day'
    END AS bare,
    CASE
      WHEN n < 0 OR n > 1e15 OR n <> round(n) THEN 'count'
      WHEN moment IS NOT NULL AND (instant IS NULL OR gone > 100000) THEN 'day'
      WHEN units < n OR units > 1e15 OR units <> round(units) THEN 'units'
      WHEN n > 0 AND (hits < 0 OR hits > n OR abs(hits - round(hits)) > 1e-6) THEN 'hits'
      WHEN kind = 'share' AND middle NOT BETWEEN 0 AND 1 THEN 'share'
      WHEN largest > 1e75 THEN 'endless'
      WHEN by_squares AND n > 1 AND abs(width) * 1e12 < squares / n AND width <> 0 THEN 'digits'
      WHEN by_squares AND n > 1 AND width < 0 THEN 'squares'
      WHEN n > 1 AND least(width, coalesce(over_width, 0), coalesce(before_width, 0)) < 0 THEN 'variance'
      WHEN sd < 0 OR over_sd < 0 OR before_sd < 0 THEN 'deviation'
      WHEN kind = 'share' AND n > 1 AND abs(width - plain) > 0.05 * plain + 1 / n THEN 'no share'
      WHEN n > 1 AND over_slant * over_slant > width * over_width * (1 + 1e-9) THEN 'covariance'
      WHEN n > 1 AND before_slant * before_slant > width * before_width * (1 + 1e-9) THEN 'covariance'
      WHEN n > 1 AND over_before_covariance * over_before_covariance > over_width * before_width * (1 + 1e-9)
        THEN 'covariance'
      WHEN n > 1 AND volume < -1e-9 * width * over_width * before_width THEN 'covariance'
      WHEN n > 0 AND (least > middle + slack OR most < middle - slack) THEN 'ends'
      WHEN n > 1 AND width * (n - 1) / n > 1.05 * (most - middle + slack) * (middle - least + slack) THEN 'ends'
      WHEN n > 1 AND abs(third) > 1.05 * sqrt(n) * pow(width, 1.5) + pow(slack, 3) THEN 'third'
    END AS wrong,
    CASE
      WHEN n > 0 AND middle IS NULL THEN 'no mean'
      WHEN n > 1 AND width IS NULL THEN 'no variance'
    END AS missing
  FROM judged
)

SELECT
  line,
  side,
  experiment,
  metric,
  arm,
  moment,
  instant,
  day,
  parts,
  CAST(CASE WHEN wrong IS NULL THEN n END AS BIGINT) AS n,
  CAST(CASE WHEN wrong IS NULL THEN units END AS BIGINT) AS units,
  CASE WHEN yes_or_no AND n > 0 THEN round(n * middle) / n ELSE middle END AS mean,
  CASE
    WHEN n < 2 THEN 0
    WHEN yes_or_no THEN (round(n * middle) / n) * (1 - round(n * middle) / n) * n / (n - 1)
    ELSE width
  END AS variance,
  yes_or_no,
  CASE
    WHEN n < 2 THEN 0
    WHEN yes_or_no THEN (round(n * middle) / n) * (1 - round(n * middle) / n) * (1 - 2 * round(n * middle) / n)
    ELSE third
  END AS third,
  least,
  most,
  ceiling,
  over_middle AS over_mean,
  CASE WHEN n < 2 AND over_middle IS NOT NULL THEN 0 ELSE over_width END AS over_variance,
  CASE WHEN n < 2 AND over_middle IS NOT NULL THEN 0 ELSE over_slant END AS over_covariance,
  before_middle AS before_mean,
  CASE WHEN n < 2 AND before_middle IS NOT NULL THEN 0 ELSE before_width END AS before_variance,
  CASE WHEN n < 2 AND before_middle IS NOT NULL THEN 0 ELSE before_slant END AS before_covariance,
  over_before_covariance,
  n AS counted,
  bare,
  wrong,
  missing,
  CASE wrong
    WHEN 'count' THEN n
    WHEN 'units' THEN units
    WHEN 'hits' THEN hits
    WHEN 'squares' THEN squares
    WHEN 'share' THEN middle
    WHEN 'variance' THEN least(width, coalesce(over_width, 0), coalesce(before_width, 0))
    WHEN 'no share' THEN width
  END AS odd
FROM reasoned
