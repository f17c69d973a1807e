-- How many ids of users the identities given turn into others, and on how many rows.
SELECT count(*) AS rows, count(DISTINCT events.user_id) AS ids
FROM events
JOIN given_ids ON given_ids.anon_id = events.user_id
