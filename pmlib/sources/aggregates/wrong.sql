-- The first row of each kind of fault, the kind most frequent first; a row set aside anyway has none.
WITH found AS (
  SELECT
    *,
    coalesce(wrong, CASE WHEN NOT $running THEN missing END) AS why
  FROM moments
  WHERE bare IS NULL
),

counted AS (
  SELECT
    *,
    count(*) OVER (PARTITION BY why) AS rows,
    row_number() OVER (PARTITION BY why ORDER BY experiment, metric, instant, side DESC, arm, line) AS turn
  FROM found
  WHERE why IS NOT NULL
)

SELECT
  why,
  rows,
  experiment,
  metric,
  arm,
  moment,
  counted AS n,
  odd
FROM counted
WHERE turn = 1
ORDER BY why IN ('no mean', 'no variance'), rows DESC, why
