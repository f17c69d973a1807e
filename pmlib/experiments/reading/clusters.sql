-- How many clusters there are, how many of them lie in several arms, and how many units belong to none; "the_cluster"
-- stands for their column.
WITH each AS (
  SELECT the_cluster AS cluster, count(DISTINCT arm) AS arms, count(*) AS units
  FROM units
  WHERE arm IS NOT NULL
  GROUP BY the_cluster
)

SELECT
  count(cluster) AS clusters,
  count_if(arms > 1 AND cluster IS NOT NULL) AS crossed,
  coalesce(sum(units) FILTER (WHERE cluster IS NULL), 0) AS loose
FROM each
