-- How many events name an account, are given one, or have none.
SELECT
    coalesce(sum(rows), 0)::BIGINT AS rows,
    coalesce(sum(named), 0)::BIGINT AS named,
    coalesce(sum(rows - named) FILTER (WHERE account IS NOT NULL), 0)::BIGINT AS filled,
    coalesce(sum(rows - named) FILTER (WHERE several), 0)::BIGINT AS unsure,
    coalesce(sum(rows) FILTER (WHERE account IS NULL), 0)::BIGINT AS lost,
    count(*) AS users,
    count(*) FILTER (WHERE account IS NULL) AS lost_users,
    count(*) FILTER (WHERE several) AS several
FROM account_of
