-- For each anonymous id the user seen with it last, and whether there were several. "anon" stands for the column of
-- anonymous ids; of users at one moment the last by name counts.
CREATE TABLE links AS
WITH pairs AS (
    SELECT anon AS anon_id, user_id, max(ts) AS ts
    FROM events
    WHERE known AND anon IS NOT NULL
    GROUP BY anon, user_id
)

SELECT anon_id, arg_max(user_id, (ts, user_id)) AS user_id, count(*) > 1 AS shared
FROM pairs
GROUP BY anon_id
