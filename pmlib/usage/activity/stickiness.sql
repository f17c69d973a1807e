-- For each part: people with an active day in the last days and in as many before, their active days, and the sums that
-- an interval by people needs. A person's rows are the days of a window in which they were active at all.
WITH days AS (
    SELECT
        part,
        place,
        bit_count(returns & CAST($now AS BIT)) AS h,
        bit_count(returns & CAST($before AS BIT)) AS g
    FROM activity
    WHERE NOT $settled OR first <= $born
),
people AS (
    SELECT *, CASE WHEN h > 0 THEN $length ELSE 0 END AS s, CASE WHEN g > 0 THEN $length ELSE 0 END AS r FROM days
)
SELECT
    part,
    place,
    count(*) FILTER (WHERE h > 0) AS n_now,
    coalesce(sum(h), 0) AS h_now,
    coalesce(sum(s), 0) AS s_now,
    coalesce(sum(h * h), 0) AS hh_now,
    coalesce(sum(h * s), 0) AS hs_now,
    coalesce(sum(s * s), 0) AS ss_now,
    count(*) FILTER (WHERE g > 0) AS n_before,
    coalesce(sum(g), 0) AS h_before,
    coalesce(sum(r), 0) AS s_before,
    coalesce(sum(g * g), 0) AS hh_before,
    coalesce(sum(g * r), 0) AS hs_before,
    coalesce(sum(r * r), 0) AS ss_before,
    count(*) FILTER (WHERE h > 0 AND g > 0) AS n_both,
    coalesce(sum(h * g), 0) AS hg,
    coalesce(sum(h * r), 0) AS hr,
    coalesce(sum(s * g), 0) AS sg,
    coalesce(sum(s * r), 0) AS sr
FROM people
GROUP BY part, place
ORDER BY place
