-- Of each part's new people whose days are over: how many did the key action in them, and what they brought, in the mean,
-- its variance, the sum, the least and the largest of one person, and how many brought anything.
WITH
    outcomes AS (
        SELECT
            user_id,
            count(*) FILTER (WHERE event = $key) > 0 AS keyed,
            sum(CAST(round(the_amount * 1000000) AS HUGEINT)) AS amount
        FROM events
        JOIN newcomers USING (user_id)
        WHERE
            newcomers.day BETWEEN $since AND $until
            AND newcomers.followed >= $within
            AND events.ts >= newcomers.first
            AND epoch_us(events.ts) - epoch_us(newcomers.first) < $within * 86400000000
            AND (event = $key OR the_amount IS NOT NULL)
        GROUP BY user_id
    ),
    people AS (
        SELECT
            part,
            place,
            coalesce(keyed, false) AS keyed,
            CAST(coalesce(amount, 0) AS DOUBLE) / 1000000 AS amount
        FROM newcomers
        JOIN parts USING (user_id)
        LEFT JOIN outcomes USING (user_id)
        WHERE newcomers.day BETWEEN $since AND $until AND followed >= $within
    )
SELECT
    part,
    count(*) AS people,
    count_if(keyed) AS keyed,
    avg(amount) AS mean,
    coalesce(var_samp(amount), 0) AS variance,
    sum(amount) AS total,
    min(amount) AS least,
    max(amount) AS largest,
    count_if(amount <> 0) AS paid
FROM people
GROUP BY part, place
ORDER BY place
