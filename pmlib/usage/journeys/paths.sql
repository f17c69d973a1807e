-- One row a path: whose, the names of its first steps, and whether it has more. A path is a visit that began in the days
-- asked for; from the first time an event happened in it, or backwards from that, where one is named. Runs of the same
-- event are one step where $collapse.
CREATE OR REPLACE TEMP TABLE visit_ways AS
WITH
    wanted AS (SELECT coalesce((SELECT name FROM visit_names WHERE event = $named), 0) AS name),
    whole AS (
        SELECT person, list(name ORDER BY ts, name) AS names
        FROM visit_moments
        WHERE NOT ($collapse AND name IS NOT DISTINCT FROM before AND ts > began)
        GROUP BY person, thread, began
        HAVING min(day) BETWEEN $since AND $until
    ),
    begun AS (
        SELECT
            person,
            CASE
                WHEN $named = '' THEN names[: $steps + 1]
                WHEN $backwards THEN list_reverse(
                    names[greatest(1, list_position(names, wanted.name) - $steps) : list_position(names, wanted.name)]
                )
                ELSE names[list_position(names, wanted.name) : list_position(names, wanted.name) + $steps]
            END AS names
        FROM whole, wanted
        WHERE $named = '' OR list_contains(names, wanted.name)
    )
SELECT person, names[: $steps] AS way, len(names) > $steps AS more
FROM begun
