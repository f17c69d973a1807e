-- How many values of a column have several units, how many of those have units in several arms, and how many units they
-- have beyond the first. "the_column" stands for the column.
WITH held AS (
  SELECT the_column AS part, count(*) AS units, count(DISTINCT arm) AS arms
  FROM units
  WHERE the_column IS NOT NULL AND arm IS NOT NULL
  GROUP BY the_column
)

SELECT
  count_if(units > 1) AS several,
  count_if(arms > 1) AS torn,
  coalesce(CAST(sum(units - 1) AS BIGINT), 0) AS more
FROM held
