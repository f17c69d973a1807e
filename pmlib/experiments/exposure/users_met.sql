-- Whether any unit is in the events, and one id of each side.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM events JOIN marked ON user_id = pmlib_unit LIMIT 1) AS met) AS met,
    (SELECT min(pmlib_unit) FROM marked) AS unit,
    (SELECT min(user_id) FROM events) AS other
