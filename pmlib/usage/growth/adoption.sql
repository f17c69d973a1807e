-- For each feature: its users in the weeks looked at, those who used it on two days or more, sums over its users of
-- events (y) and active days (s), and the new people whose days are over, and who used it within them.
WITH
    features AS (SELECT unnest($names) AS event, unnest(range(len($names))) AS rank),
    used AS (
        SELECT
            uses.event,
            uses.n AS y,
            days AS s,
            first_day < last_day AS again,
            epoch_us(since) - epoch_us(first) < $within * 86400000000
                AND followed >= $within
                AND newcomers.day BETWEEN $begin AND $end AS adopted
        FROM uses
        LEFT JOIN present USING (user_id)
        LEFT JOIN newcomers USING (user_id)
    )
SELECT
    features.event,
    count(*) FILTER (WHERE y > 0) AS people,
    count(*) FILTER (WHERE y > 0 AND again) AS again,
    CAST(coalesce(sum(y) FILTER (WHERE y > 0), 0) AS DOUBLE) AS y,
    CAST(coalesce(sum(s) FILTER (WHERE y > 0), 0) AS DOUBLE) AS s,
    CAST(coalesce(sum(y * y) FILTER (WHERE y > 0), 0) AS DOUBLE) AS yy,
    CAST(coalesce(sum(y * s) FILTER (WHERE y > 0), 0) AS DOUBLE) AS ys,
    CAST(coalesce(sum(s * s) FILTER (WHERE y > 0), 0) AS DOUBLE) AS ss,
    count(*) FILTER (WHERE adopted) AS adopted
FROM features
LEFT JOIN used ON used.event = features.event
GROUP BY features.event, features.rank
ORDER BY features.rank
