-- The identities given have the last word on an anonymous id.
INSERT INTO links
SELECT anon_id, user_id, false AS shared FROM given_ids
