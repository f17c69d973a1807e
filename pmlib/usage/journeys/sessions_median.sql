-- Of one week's sessions that have a length: how many last no longer than the median, in sums over people; and the
-- lengths at two shares.
WITH
    lengths AS (
        SELECT person, lasted
        FROM visits
        WHERE week = $week AND events >= 2
    ),
    middle AS (SELECT quantile_cont(lasted, 0.5) AS median FROM lengths),
    persons AS (
        SELECT person, count(*) AS sessions, count_if(lasted <= median) AS hits
        FROM lengths, middle
        GROUP BY person
    )
SELECT
    (SELECT median FROM middle) AS median,
    count(*) AS people,
    sum(hits) AS hits,
    sum(sessions) AS sessions,
    sum(hits * hits) AS hits2,
    sum(hits * sessions) AS hits_sessions,
    sum(sessions * sessions) AS sessions2,
    (SELECT quantile_disc(lasted, $low) FROM lengths) AS low,
    (SELECT quantile_disc(lasted, $high) FROM lengths) AS high
FROM persons
