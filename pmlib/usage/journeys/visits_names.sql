-- A number for each name of an event, in the order of the names.
CREATE OR REPLACE TEMP TABLE visit_names AS
SELECT event, (row_number() OVER (ORDER BY event))::INTEGER AS name
FROM (SELECT DISTINCT event FROM events WHERE day >= $since)
