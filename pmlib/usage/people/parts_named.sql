-- Each person once for every named condition that the first start (or the latest event) meets; of several events at
-- the same moment the first in order counts, so that the order of rows does not matter.
WITH met AS (
    SELECT
        user_id,
        CASE WHEN $latest THEN arg_max(the_places, (ts, the_places)) ELSE arg_min(the_places, (ts, the_places)) END
            AS places
    FROM events
    WHERE the_start
    GROUP BY user_id
)
SELECT user_id, $names[place] AS part, place
FROM (SELECT user_id, unnest(list_filter(places, lambda one: one > 0)) AS place FROM met) AS one_a_row
ORDER BY user_id, place
