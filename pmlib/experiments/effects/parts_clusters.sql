-- How many units of some arms there are, how many have no segment, and whether any cluster has units in several.
WITH each AS (
  SELECT
    count(*) AS units,
    count_if(pmlib_segment IS NULL) AS unknown,
    count(DISTINCT coalesce(pmlib_segment, -1)) AS kinds
  FROM units
  WHERE arm IN (SELECT unnest($arms))
  GROUP BY arm, unit
)

SELECT
  coalesce(sum(units), 0) AS units,
  coalesce(sum(unknown), 0) AS unknown,
  coalesce(max(kinds), 0) > 1 AS crossed
FROM each
