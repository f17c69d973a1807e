-- What the column "metric" holds.
SELECT typeof(metric) AS type
FROM units
LIMIT 1
