-- How many of each cohort could have been back at each age and how many were; spot 0 is the whole cohort.
WITH ages AS (
    SELECT
        unnest(range(0, len($highs))) AS spot,
        unnest($highs) AS high,
        CAST(unnest($masks) AS BIT) AS mask
)
SELECT
    place,
    cohort,
    spot,
    CAST(sum(n) AS BIGINT) AS size,
    CAST(coalesce(sum(n) FILTER (WHERE bit_count(hits & mask) > 0), 0) AS BIGINT) AS back
FROM lines JOIN ages ON seen >= high
GROUP BY place, cohort, spot
ORDER BY place, cohort, spot
