-- How many events are of users whom the table of accounts does not know.
SELECT
    count(*) AS rows,
    count(*) FILTER (WHERE account_of.user_id IS NULL) AS lost,
    count(DISTINCT events.user_id) FILTER (WHERE account_of.user_id IS NULL) AS lost_users,
    count(DISTINCT events.user_id) AS users,
    min(events.user_id) FILTER (WHERE account_of.user_id IS NULL) AS user,
    (SELECT min(user_id) FROM account_of) AS other
FROM events
LEFT JOIN account_of ON account_of.user_id = events.user_id
