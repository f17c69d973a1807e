-- The most frequent events of the weeks looked at, how many there are, and of how many of each one is a sample: every
-- `sampled`th, by hash.
SELECT
    event,
    coalesce(sum(n) FILTER (WHERE tracked_week BETWEEN $since AND $until), 0) AS lately,
    min(first_day) AS first_day,
    max(last_day) AS last_day,
    greatest(lately // $enough, 1) AS sampled,
    count(*) OVER () AS names,
    sum(lately) OVER () AS everything
FROM tracked
GROUP BY event
HAVING lately > 0
ORDER BY lately DESC, event
LIMIT $most
