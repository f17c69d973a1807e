-- The first and last day of a column, as they are written, and whether every value is one; of a few rows where
-- $rows says how many. "moment" stands for the column.
WITH some AS (SELECT moment AS written FROM units LIMIT $rows),

days AS (
  SELECT TRY_CAST(left(CAST(written AS VARCHAR), 10) AS DATE) AS day
  FROM some
)

SELECT
  min(day) AS first,
  max(day) AS last,
  count(*) > 0 AND count(*) = count(day) AS whole
FROM days
