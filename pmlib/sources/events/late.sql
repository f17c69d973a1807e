-- How late events arrive: of all, how many more than a day; of those at least $days days old, how many by whole days of
-- delay, up to $days.
WITH delays AS (
    SELECT ts, received_at, max(received_at) OVER () AS latest FROM events WHERE received_at IS NOT NULL
),

told AS (
    SELECT
        *,
        greatest(date_diff('second', ts, received_at), 0) // 86400 AS days,
        ts <= latest - to_days(CAST($days AS INTEGER)) AS old
    FROM delays
)

SELECT
    count(*) AS known,
    count(*) FILTER (WHERE received_at > ts + INTERVAL 1 DAY) AS late,
    CAST(max(latest) AS DATE) AS arrived_last,
    coalesce(histogram(CAST(days AS INTEGER)) FILTER (WHERE old AND days <= $days), MAP {}) AS delays
FROM told
