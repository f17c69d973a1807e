-- How many people did steps that meet several of the conditions with names.
SELECT count(DISTINCT user_id) AS n
FROM events
WHERE list_contains($names, event) AND ts BETWEEN $since AND $until AND list_sum(the_segments) > 1
