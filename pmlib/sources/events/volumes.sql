-- Users who may be programs: more than $many events on a day, and more than $times the median of users' days; or events in
-- all $hours hours of a day, on at least $days days. Only users with that many events are looked at by day; the median is
-- of all users, or of about $sample by chance where there are more (the cast keeps the remainder in whole numbers).
WITH people AS MATERIALIZED (
    SELECT user_id, count(*) AS n FROM events GROUP BY user_id
),

median AS MATERIALIZED (
    SELECT quantile_cont(n, 0.5) AS n
    FROM (
        SELECT count(*) AS n
        FROM events
        WHERE hash(user_id) % CAST(greatest((SELECT count(*) FROM people) // $sample, 1) AS UBIGINT) = 0
        GROUP BY user_id, day
    ) AS user_days
),

user_days AS (
    SELECT
        user_id,
        count(*) AS n,
        bit_count(bit_or(CAST(1 AS INTEGER) << CAST(hour(ts) AS INTEGER))) AS hours
    FROM events
    WHERE user_id IN (SELECT user_id FROM people WHERE n > $many OR n >= $hours * $days)
    GROUP BY user_id, day
),

odd AS (
    SELECT
        user_id,
        sum(n) AS n,
        max(n) AS most,
        max(n) > $many AND max(n) > $times * (SELECT n FROM median) AS heavy,
        count(*) FILTER (WHERE hours >= $hours) >= $days AS awake
    FROM user_days
    GROUP BY user_id
)

SELECT
    count(*) AS users,
    list(user_id ORDER BY n DESC, user_id) AS names,
    max(most) FILTER (WHERE heavy) AS most,
    (SELECT n FROM median) AS median,
    coalesce(bool_or(heavy), false) AS heavy,
    coalesce(bool_or(awake), false) AS awake,
    coalesce(sum(n), 0) / (SELECT sum(n) FROM people) AS share
FROM odd
WHERE heavy OR awake
