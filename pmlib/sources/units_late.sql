-- How many units have a day after $last, and the latest; "moment" stands for the column.
WITH days AS (
  SELECT TRY_CAST(left(CAST(moment AS VARCHAR), 10) AS DATE) AS day
  FROM units
)

SELECT
  count(*) AS units,
  max(day) AS latest
FROM days
WHERE day > $last
