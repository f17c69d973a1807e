-- How many rows without a user have an anonymous id that leads to one. "anon" stands for its column.
SELECT
    count(*) AS rows,
    count(DISTINCT anon) AS ids,
    count(DISTINCT anon) FILTER (WHERE shared) AS shared_ids,
    count(*) FILTER (WHERE shared) AS shared_rows
FROM events
JOIN links ON links.anon_id = anon
WHERE NOT known
