-- For each cohort of people who start, its size and how many came back so many periods later.
-- A period's number is that of pmlib.core.Buckets; a cohort nobody of which came back has one row without an age.
WITH
    numbered AS (
        SELECT
            day,
            CASE $every
                WHEN 'day' THEN day - DATE '1900-01-01'
                WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
                ELSE year(day) * 12 + month(day) - 1
            END AS bucket
        FROM (SELECT DISTINCT day FROM events)
    ),
    -- The first start in all history decides the cohort, not the first one shown.
    firsts AS (
        SELECT user_id, min(day) AS day
        FROM events
        WHERE $start = '' OR event = $start
        GROUP BY user_id
    ),
    members AS (
        SELECT firsts.user_id, numbered.bucket AS cohort
        FROM firsts JOIN numbered ON numbered.day = firsts.day
        WHERE numbered.bucket BETWEEN $oldest AND $newest
    ),
    active AS (
        SELECT DISTINCT events.user_id, numbered.bucket
        FROM events JOIN numbered ON numbered.day = events.day
        WHERE ($back = '' OR events.event = $back) AND numbered.bucket BETWEEN $oldest AND $newest
    ),
    sizes AS (SELECT cohort, count(*) AS size FROM members GROUP BY cohort),
    returns AS (
        SELECT members.cohort, active.bucket - members.cohort AS age, count(*) AS users
        FROM members JOIN active ON active.user_id = members.user_id
        WHERE active.bucket - members.cohort BETWEEN 1 AND $periods
        GROUP BY ALL
    )
SELECT sizes.cohort, sizes.size, returns.age, returns.users
FROM sizes LEFT JOIN returns ON returns.cohort = sizes.cohort
ORDER BY sizes.cohort, returns.age
