-- Sums over people of the cohorts they could have been back in (s) and were back in (h), for intervals that allow for
-- one person in several cohorts.
WITH
    ages AS (
        SELECT
            unnest(range(0, len($highs))) AS spot,
            unnest($highs) AS high,
            CAST(unnest($masks) AS BIT) AS mask
    ),
    people AS (
        SELECT place, pattern, spot, any_value(n) AS n, count(*) AS s, count(*) FILTER (WHERE bit_count(hits & mask) > 0) AS h
        FROM lines JOIN ages ON seen >= high
        GROUP BY place, pattern, spot
    )
SELECT
    place,
    spot,
    CAST(sum(n) AS BIGINT) AS people,
    CAST(sum(n * h) AS BIGINT) AS hits,
    CAST(sum(n * s) AS BIGINT) AS size,
    CAST(sum(n * h * h) AS BIGINT) AS hits2,
    CAST(sum(n * h * s) AS BIGINT) AS cross_,
    CAST(sum(n * s * s) AS BIGINT) AS size2
FROM people
GROUP BY place, spot
ORDER BY place, spot
