-- Who may enter the funnel: everybody who did one of the events that begin a chain, numbered from 0; in the order of a
-- prepared file, so that its codes come sorted.
CREATE OR REPLACE TEMP TABLE funnel_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS person
FROM events
WHERE list_contains($openers, event) AND ts BETWEEN $since AND $until
GROUP BY user_id
