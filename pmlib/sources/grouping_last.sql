-- For each user the account named last, whether there were several, and how many events name one. "account_given" stands
-- for the property; of accounts named at one moment the last by name counts.
SELECT
    user_id,
    arg_max(account, (ts, account)) FILTER (WHERE account IS NOT NULL) AS account,
    coalesce(min(account) <> max(account), false) AS several,
    count(*) AS rows,
    count(account) AS named
FROM (SELECT user_id, ts, account_given AS account FROM events) AS given
GROUP BY user_id
