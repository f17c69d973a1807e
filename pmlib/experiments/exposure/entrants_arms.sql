-- For each arm the units that were shown it first, those of them that were shown others too, and their rows.
SELECT
    arm,
    count(*) AS units,
    count(*) FILTER (WHERE arms > 1) AS several,
    sum(rows)::BIGINT AS rows,
    coalesce(sum(rows) FILTER (WHERE arms > 1), 0)::BIGINT AS several_rows
FROM entrants
GROUP BY arm
ORDER BY arm
