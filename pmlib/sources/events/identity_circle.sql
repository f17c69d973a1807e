-- An id that leads to itself, or to one that leads further after all rounds.
SELECT anon_id
FROM given_ids
WHERE anon_id = user_id OR user_id IN (SELECT anon_id FROM given_ids)
ORDER BY anon_id
LIMIT 1
