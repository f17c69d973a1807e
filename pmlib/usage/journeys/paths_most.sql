-- The most frequent ways, and all paths and people together.
SELECT
    way,
    count(*) AS paths,
    count(DISTINCT person) AS people,
    (SELECT count(*) FROM visit_ways) AS all_paths,
    (SELECT count(DISTINCT person) FROM visit_ways) AS all_people,
    count(*) OVER () AS ways
FROM visit_ways
GROUP BY way
ORDER BY paths DESC, way
LIMIT $most
