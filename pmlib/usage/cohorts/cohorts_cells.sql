-- How many of each cohort could have been back at each age and how many were; spot 0 is the whole cohort.
WITH ages AS (
    SELECT
        unnest(range(0, len($highs))) AS spot,
        unnest($highs) AS high,
        CAST(unnest($masks) AS BIT) AS mask,
        -- A single age is a look at one bit: a third of the time.
        bit_count(mask) = 1 AS alone,
        CAST(bit_position(CAST('1' AS BIT), mask) - 1 AS INTEGER) AS age
)
SELECT
    place,
    cohort,
    spot,
    CAST(sum(n) AS BIGINT) AS size,
    CAST(coalesce(sum(n) FILTER (
        WHERE CASE WHEN alone THEN get_bit(hits, age) = 1 ELSE bit_count(hits & mask) > 0 END
    ), 0) AS BIGINT) AS back
FROM lines JOIN ages ON seen >= high
GROUP BY place, cohort, spot
ORDER BY place, cohort, spot
