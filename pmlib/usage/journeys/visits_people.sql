-- A number for each person whose visits are wanted: all with an event, or those who did the event asked for.
CREATE OR REPLACE TEMP TABLE visit_people AS
SELECT user_id, (row_number() OVER (ORDER BY user_id))::INTEGER AS person
FROM (SELECT DISTINCT user_id FROM events WHERE day >= $since AND ($doing = '' OR event = $doing))
