-- The most frequent values of a column among units with an arm, and how many values there are; "the_column" stands for it.
WITH held AS (
  SELECT nullif(trim(CAST(the_column AS VARCHAR)), '') AS value
  FROM units
  WHERE arm IS NOT NULL
),

counted AS (
  SELECT value, count(*) AS units
  FROM held
  WHERE value IS NOT NULL
  GROUP BY value
)

SELECT value, units, count(*) OVER () AS kinds
FROM counted
ORDER BY units DESC, value
LIMIT $most
