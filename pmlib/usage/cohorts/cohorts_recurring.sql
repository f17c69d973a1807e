-- As cohorts_first.sql, but in a cohort for every period with a start; a pattern is people who did the same.
WITH patterns AS (
    SELECT coalesce(parts.place, 0) AS place, starts, returns, again, count(*) AS n, row_number() OVER () AS pattern
    FROM (SELECT user_id, starts, returns, the_again AS again FROM activity) AS begun
    LEFT JOIN parts ON parts.user_id = begun.user_id
    GROUP BY ALL
)
SELECT
    place,
    pattern,
    spans.cohort,
    $newest - spans.cohort AS seen,
    the_hits AS hits,
    n
FROM patterns, range($oldest, $newest + 1) AS spans (cohort)
WHERE get_bit(starts, CAST(spans.cohort - $low AS INTEGER)) = 1
