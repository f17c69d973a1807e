-- Rows without a user take the one their anonymous id leads to. "anon" stands for its column.
UPDATE events
SET user_id = links.user_id, known = true
FROM links
WHERE NOT events.known AND links.anon_id = anon
