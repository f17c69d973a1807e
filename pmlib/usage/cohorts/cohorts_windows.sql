-- As cohorts_first.sql, but ages count whole stretches of $micros from the own start, and `seen` is the highest age
-- whose stretch has ended before $until. What lies past the last age asked for is one age after it.
WITH
    opened AS (SELECT user_id, cohort, opened FROM anchors WHERE cohort BETWEEN $oldest AND $newest),
    counted AS (
        SELECT
            opened.user_id,
            opened.cohort,
            (epoch_us(events.ts) - epoch_us(opened.opened)) // $micros AS age,
            count(*) >= $least AS back
        FROM opened
        JOIN events ON events.user_id = opened.user_id
        WHERE events.ts > opened.opened AND the_return
            AND ($later OR epoch_us(events.ts) - epoch_us(opened.opened) < $top * $micros)
        GROUP BY ALL
    ),
    capped AS (
        SELECT user_id, cohort, least(age, $top) AS bucket, bool_or(back) AS back
        FROM counted
        GROUP BY ALL
    ),
    returned AS (SELECT user_id, cohort, the_bits AS hits FROM capped GROUP BY user_id, cohort)
SELECT
    coalesce(parts.place, 0) AS place,
    CASE WHEN $recurring THEN opened.user_id ELSE '' END AS pattern,
    opened.cohort,
    (epoch_us($until) - epoch_us(opened.opened)) // $micros - 1 AS seen,
    coalesce(returned.hits, CAST(repeat('0', $top + 1) AS BIT)) AS hits,
    count(*) AS n
FROM opened
LEFT JOIN returned ON returned.user_id = opened.user_id AND returned.cohort = opened.cohort
LEFT JOIN parts ON parts.user_id = opened.user_id
GROUP BY ALL
