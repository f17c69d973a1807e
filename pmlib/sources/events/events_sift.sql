-- Every row with its local day, and why it cannot count, where it cannot; what arrived from $known_by on was not known.
CREATE TABLE events AS
SELECT
    user_id,
    event,
    ts,
    CASE
        WHEN $zone = 'UTC' THEN CAST(ts AS DATE)
        ELSE CAST(make_timestamptz(epoch_us(ts)) AT TIME ZONE $zone AS DATE)
    END AS day,
    * EXCLUDE (user_id, event, ts, blank, timed),
    CAST(
        CASE
            WHEN blank THEN 'unparseable'
            WHEN user_id IS NULL THEN 'no user'
            WHEN NOT timed THEN 'no time'
            WHEN ts IS NULL THEN 'unparseable'
            WHEN event IS NULL THEN 'no event'
            WHEN ts > coalesce(arrived, CAST($now AS TIMESTAMP)) + INTERVAL 1 DAY THEN 'future'
            WHEN coalesce(arrived, ts) >= CAST($known_by AS TIMESTAMP) THEN 'arrived later'
        END AS ENUM ('unparseable', 'no user', 'no time', 'no event', 'future', 'arrived later')
    ) AS reason
FROM mapped
