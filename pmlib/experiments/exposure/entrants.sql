-- Each unit shown an arm while units were taken in: the first arm and when, how many arms it was shown, in how many rows.
-- Of arms shown at the same moment the first by name stands; such a unit was in several and does not count.
SELECT
    unit,
    arg_min(arm, (first_at, arm)) AS arm,
    min(first_at) AS exposed_at,
    count(*) AS arms,
    sum(inside)::BIGINT AS rows
FROM sightings
WHERE inside > 0 AND arm IS NOT NULL
GROUP BY unit
