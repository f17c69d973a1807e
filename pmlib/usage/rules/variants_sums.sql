-- Sums over people of the cohorts they could have been back in (s) and were back in (h).
WITH people AS (
    SELECT pattern, any_value(n) AS n, count(*) AS s, count(*) FILTER (WHERE back) AS h
    FROM met
    WHERE (over OR $all) AND list_contains($cohorts, cohort)
    GROUP BY pattern
)
SELECT
    CAST(sum(n) AS BIGINT) AS people,
    CAST(sum(n * h) AS BIGINT) AS hits,
    CAST(sum(n * s) AS BIGINT) AS size,
    CAST(sum(n * h * h) AS BIGINT) AS hits2,
    CAST(sum(n * h * s) AS BIGINT) AS cross_,
    CAST(sum(n * s * s) AS BIGINT) AS size2
FROM people
