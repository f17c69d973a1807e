-- How far the people of each part got: for each person the value of a property along the chain that counts, the most
-- frequent values by themselves, the others together ($top + 1), those without one last ($top + 2).
WITH
    seen AS (
        SELECT chain.person, chain.step, min(e.value) AS value
        FROM funnel_chain AS chain
        JOIN funnel_users AS users ON users.person = chain.person
        JOIN (
            SELECT
                user_id,
                event,
                CASE WHEN $seconds THEN date_trunc('second', ts) ELSE ts END AS moment,
                nullif(trim(CAST(breakdown AS VARCHAR)), '') AS value
            FROM events
            WHERE ts BETWEEN $since AND $until
        ) AS e ON e.user_id = users.user_id AND e.moment = chain.moment
        WHERE e.event = list_extract($names, chain.step) OR ($any AND list_contains($names, e.event))
        GROUP BY chain.person, chain.step
    ),
    given AS (
        SELECT
            person,
            CASE
                WHEN $at = 'first' THEN arg_min(value, step) FILTER (WHERE value IS NOT NULL)
                WHEN $at = 'last' THEN arg_max(value, step) FILTER (WHERE value IS NOT NULL)
                ELSE min(value) FILTER (WHERE step = $step)
            END AS value
        FROM seen
        GROUP BY person
        HAVING $step = 0 OR bool_or(step = $step)
    ),
    ranked AS (
        SELECT value, row_number() OVER (ORDER BY count(*) DESC, value) AS place
        FROM given
        WHERE value IS NOT NULL
        GROUP BY value
    ),
    placed AS (
        SELECT
            given.person,
            given.value,
            CASE WHEN given.value IS NULL THEN $top + 2 ELSE least(ranked.place, $top + 1) END AS place
        FROM given
        LEFT JOIN ranked ON ranked.value = given.value
    ),
    called AS (
        SELECT place, min(value) AS part, count(DISTINCT value) AS distinct_values FROM placed GROUP BY place
    )
SELECT
    placed.place,
    any_value(called.part) AS part,
    any_value(called.distinct_values) AS distinct_values,
    chain.step,
    count(*) AS people
FROM placed
JOIN called ON called.place = placed.place
JOIN funnel_chain AS chain ON chain.person = placed.person
GROUP BY placed.place, chain.step
ORDER BY placed.place, chain.step
