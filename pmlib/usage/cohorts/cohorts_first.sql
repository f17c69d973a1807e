-- Who first started in a period, with the ages at which they were back: bit 0 of hits is the period of the start.
-- `seen` is the highest age whose period is over; place 0 holds those without a part.
SELECT
    coalesce(parts.place, 0) AS place,
    '' AS pattern,
    begun.cohort,
    $newest - begun.cohort AS seen,
    the_hits AS hits,
    count(*) AS n
FROM (SELECT user_id, first AS cohort, starts, returns, the_again AS again FROM activity) AS begun
LEFT JOIN parts ON parts.user_id = begun.user_id
WHERE begun.cohort BETWEEN $oldest AND $newest
GROUP BY ALL
