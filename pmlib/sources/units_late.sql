-- How many units have a day after $last, the latest, how many have any, and a text; "moment" stands for the column.
WITH days AS (
  SELECT
    TRY_CAST(left(CAST(moment AS VARCHAR), 10) AS DATE) AS day,
    CASE WHEN typeof(moment) = 'VARCHAR' THEN nullif(trim(CAST(moment AS VARCHAR)), '') END AS text
  FROM units
)

SELECT
  count(*) FILTER (WHERE day > $last) AS units,
  max(day) FILTER (WHERE day > $last) AS latest,
  count(day) AS read,
  min(text) AS text
FROM days
