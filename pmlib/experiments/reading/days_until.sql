-- How many units were taken in by the end of each of some days; "moment" stands for the column that tells when.
WITH taken AS (
  SELECT TRY_CAST(left(CAST(moment AS VARCHAR), 10) AS DATE) AS day
  FROM units
  WHERE arm IS NOT NULL
),

asked AS (SELECT DISTINCT CAST(unnest($ends) AS DATE) AS last)

SELECT asked.last, count(taken.day) AS units
FROM asked
LEFT JOIN taken ON taken.day <= asked.last
GROUP BY asked.last
ORDER BY asked.last
