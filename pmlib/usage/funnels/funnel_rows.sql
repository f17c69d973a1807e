-- How many events of the steps there are.
SELECT count(*) AS rows FROM events WHERE list_contains($names, event) AND ts BETWEEN $since AND $until
