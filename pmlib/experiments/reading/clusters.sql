-- How many clusters there are, and how many of them lie in several arms; "the_cluster" stands for their column.
WITH each AS (
  SELECT the_cluster AS cluster, count(DISTINCT arm) AS arms
  FROM units
  WHERE arm IS NOT NULL AND the_cluster IS NOT NULL
  GROUP BY the_cluster
)

SELECT count(*) AS clusters, count_if(arms > 1) AS crossed
FROM each
