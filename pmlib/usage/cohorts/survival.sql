-- How long people went on, in days from their first start: those idle for $idle days ended when these were over, the
-- others are followed to the last day counted. Place 0 holds those without a part.
WITH
    met AS (
        SELECT user_id, min(day) FILTER (WHERE the_start) AS first, max(day) FILTER (WHERE the_return) AS active
        FROM events
        WHERE the_start OR the_return
        GROUP BY user_id
    ),
    -- Who did nothing since the start was last active at the start.
    lives AS (
        SELECT user_id, first, greatest(first, coalesce(active, first)) AS last
        FROM met
        WHERE first BETWEEN $since AND $as_of
    )
SELECT
    coalesce(parts.place, 0) AS place,
    CASE WHEN $as_of - last >= $idle THEN last - first + $idle ELSE $as_of - first END AS days,
    $as_of - last >= $idle AS ended,
    count(*) AS n
FROM lives LEFT JOIN parts ON parts.user_id = lives.user_id
GROUP BY ALL
ORDER BY place, days, ended
