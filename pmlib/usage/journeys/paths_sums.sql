-- Of each person's paths, those that take a way (step 0) or end at a step after an event, in sums over people.
WITH persons AS (
    SELECT
        person,
        count(*) AS paths,
        count_if(
            CASE WHEN $step = 0 THEN way = $way::INTEGER[] ELSE NOT more AND len(way) = $step AND way[-1] = $name END
        ) AS hits
    FROM visit_ways
    GROUP BY person
)
SELECT
    count(*) AS people,
    sum(hits) AS hits,
    sum(paths) AS paths,
    sum(hits * hits) AS hits2,
    sum(hits * paths) AS hits_paths,
    sum(paths * paths) AS paths2,
    max(paths) AS most
FROM persons
