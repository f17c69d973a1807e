-- How many of each cohort could have been back and how many were; with $all also those whose age is not over.
SELECT
    cohort,
    CAST(sum(n) AS BIGINT) AS size,
    CAST(coalesce(sum(n) FILTER (WHERE back), 0) AS BIGINT) AS back
FROM met
WHERE over OR $all
GROUP BY cohort
ORDER BY cohort
