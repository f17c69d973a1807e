-- Each pair with the reason why it is set aside, if any. "user_given", "account_given" and "since_given" stand for
-- columns of the source. Of several accounts the one joined last counts, if one is.
CREATE TABLE sorted AS
WITH named AS (
    SELECT user_given AS user_id, account_given AS account_id, since_given AS since FROM source
),

turned AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY user_id, account_id ORDER BY since DESC NULLS LAST) AS turn,
        max(since) OVER (PARTITION BY user_id, account_id IS NULL) AS latest
    FROM named
),

standing AS (
    SELECT
        *,
        turn = 1 AND since IS NOT DISTINCT FROM latest AS last,
        count_if(turn = 1 AND since IS NOT DISTINCT FROM latest) OVER (PARTITION BY user_id, account_id IS NULL) AS lasts
    FROM turned
)

SELECT
    user_id,
    account_id,
    CASE
        WHEN user_id IS NULL THEN 'no user'
        WHEN account_id IS NULL THEN 'no account'
        WHEN turn > 1 THEN 'duplicate'
        WHEN NOT last THEN 'an earlier account'
        WHEN lasts > 1 THEN 'in several accounts'
    END AS reason
FROM standing
