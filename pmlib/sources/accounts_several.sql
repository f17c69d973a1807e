-- One user in several accounts, as an example.
SELECT user_id, min(account_id) AS one, max(account_id) AS other
FROM sorted
WHERE reason = 'in several accounts'
GROUP BY user_id
ORDER BY user_id
LIMIT 1
