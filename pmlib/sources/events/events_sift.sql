-- Every row with its local day, and why it cannot count, where it cannot.
CREATE TABLE events AS
SELECT
    user_id,
    event,
    ts,
    CAST(ts AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS day,
    * EXCLUDE (user_id, event, ts, blank, timed),
    CAST(
        CASE
            WHEN blank THEN 'unparseable'
            WHEN user_id IS NULL THEN 'no user'
            WHEN NOT timed THEN 'no time'
            WHEN ts IS NULL THEN 'unparseable'
            WHEN event IS NULL THEN 'no event'
            WHEN ts > coalesce(arrived, CAST($now AS TIMESTAMP)) + INTERVAL 1 DAY THEN 'future'
        END AS ENUM ('unparseable', 'no user', 'no time', 'no event', 'future')
    ) AS reason
FROM mapped
