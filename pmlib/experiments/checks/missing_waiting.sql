-- The window that still runs for most units: how many they are, of how many, which metrics have it, and when the last is over.
SELECT
    coalesce(max(waiting), 0) AS waiting,
    coalesce(arg_max(units, waiting), 0) AS units,
    coalesce(arg_max(measures, waiting), []::VARCHAR[]) AS measures,
    max(ends_at) AS ends_at
FROM (
    SELECT measures, CAST(sum(waiting) AS BIGINT) AS waiting, CAST(sum(units) AS BIGINT) AS units, max(ends_at) AS ends_at
    FROM waiting
    GROUP BY measures
) AS windows
