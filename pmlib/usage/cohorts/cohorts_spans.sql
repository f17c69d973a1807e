-- The sums of cohorts_sums.sql at one age for the latest cohorts (h, s) and as many before them (g, r), and of those
-- who are in both.
WITH people AS (
    SELECT
        pattern,
        any_value(n) AS n,
        count(*) FILTER (WHERE cohort > $middle) AS s,
        count(*) FILTER (WHERE cohort > $middle AND bit_count(hits & CAST($mask AS BIT)) > 0) AS h,
        count(*) FILTER (WHERE cohort <= $middle) AS r,
        count(*) FILTER (WHERE cohort <= $middle AND bit_count(hits & CAST($mask AS BIT)) > 0) AS g
    FROM lines
    WHERE cohort BETWEEN $first AND $last AND seen >= $high
    GROUP BY pattern
)
SELECT
    CAST(sum(n) FILTER (WHERE s > 0) AS BIGINT) AS now_people,
    CAST(sum(n * h) AS BIGINT) AS now_hits,
    CAST(sum(n * s) AS BIGINT) AS now_size,
    CAST(sum(n * h * h) AS BIGINT) AS now_hits2,
    CAST(sum(n * h * s) AS BIGINT) AS now_cross,
    CAST(sum(n * s * s) AS BIGINT) AS now_size2,
    CAST(sum(n) FILTER (WHERE r > 0) AS BIGINT) AS then_people,
    CAST(sum(n * g) AS BIGINT) AS then_hits,
    CAST(sum(n * r) AS BIGINT) AS then_size,
    CAST(sum(n * g * g) AS BIGINT) AS then_hits2,
    CAST(sum(n * g * r) AS BIGINT) AS then_cross,
    CAST(sum(n * r * r) AS BIGINT) AS then_size2,
    CAST(sum(n) FILTER (WHERE s > 0 AND r > 0) AS BIGINT) AS both_people,
    CAST(sum(n * h * g) AS BIGINT) AS both_hits,
    CAST(sum(n * h * r) AS BIGINT) AS both_hits_size,
    CAST(sum(n * s * g) AS BIGINT) AS both_size_hits,
    CAST(sum(n * s * r) AS BIGINT) AS both_size
FROM people
HAVING count(*) > 0
