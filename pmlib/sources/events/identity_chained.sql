-- An id that becomes another that becomes a third becomes the third: each round doubles the length followed.
UPDATE given_ids
SET user_id = further.user_id
FROM given_ids AS further
WHERE given_ids.user_id = further.anon_id AND further.user_id <> given_ids.user_id
