-- How many paths go from each step to the next. A name is a number; 0 is where paths begin and, as a target, where they
-- end; -1 that they go on beyond the steps; -2 the names at a step that are not among its $top most frequent.
WITH
    ways AS (
        SELECT person, way, more, count(*) AS paths
        FROM visit_ways
        GROUP BY person, way, more
    ),
    pieces AS (
        SELECT person, way, more, paths, unnest(range(len(way) + 1)) AS step
        FROM ways
    ),
    moves AS (
        SELECT
            person,
            paths,
            step,
            CASE WHEN step = 0 THEN 0 ELSE way[step] END AS source,
            CASE WHEN step < len(way) THEN way[step + 1] WHEN more THEN -1 ELSE 0 END AS target
        FROM pieces
    ),
    places AS (
        SELECT step, source AS name
        FROM moves
        WHERE step > 0
        GROUP BY step, source
        QUALIFY row_number() OVER (PARTITION BY step ORDER BY sum(paths) DESC, source) <= $top
    )
SELECT
    moves.step,
    CASE WHEN moves.step = 0 THEN 0 ELSE coalesce(here.name, -2) END AS source,
    CASE WHEN moves.target <= 0 THEN moves.target ELSE coalesce(there.name, -2) END AS target,
    sum(moves.paths) AS paths,
    count(DISTINCT moves.person) AS people
FROM moves
LEFT JOIN places AS here ON here.step = moves.step AND here.name = moves.source
LEFT JOIN places AS there ON there.step = moves.step + 1 AND there.name = moves.target
WHERE moves.step >= $least
GROUP BY ALL
ORDER BY 1, 4 DESC, 2, 3
