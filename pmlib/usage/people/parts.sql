-- Each person with the value on the first start (or on the latest event that has one): one row each. Of values at the
-- same moment the first in order counts, so that the order of rows does not matter.
SELECT
    user_id,
    CASE
        WHEN $latest THEN arg_max(the_value, (ts, the_value)) FILTER (WHERE the_value IS NOT NULL)
        ELSE arg_min_null(the_value, (ts, coalesce(the_value, '')))
    END AS value
FROM events
WHERE the_start
GROUP BY user_id
