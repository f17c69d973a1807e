-- For each window its measures, and by arm the units whose window still runs.
SELECT measures, arm, units, waiting, ends_at
FROM waiting
ORDER BY measures, arm
