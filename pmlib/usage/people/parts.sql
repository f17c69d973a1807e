-- Each person with the value on the first start (or on the latest event that has one): one row each. Of several at the
-- same moment one with a value counts, of these the first in order (of the latest the last): the order of rows does not
-- matter.
SELECT
    user_id,
    CASE
        WHEN $latest THEN arg_max(the_value, (ts, the_value)) FILTER (WHERE the_value IS NOT NULL)
        ELSE arg_min_null(the_value, (ts, the_value IS NULL, the_value))
    END AS value
FROM events
WHERE the_start
GROUP BY user_id
