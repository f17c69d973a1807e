-- How many ids there are, and how many of them the identities given name. "ids" stands for the columns that hold them.
SELECT count(*) AS there, count(given_pairs.anon_id) AS met
FROM (SELECT DISTINCT unnest(ids) AS id FROM events) AS seen
LEFT JOIN given_pairs ON given_pairs.anon_id = seen.id
WHERE seen.id IS NOT NULL
