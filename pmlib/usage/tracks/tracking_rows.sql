-- The rows whose properties are looked at: all of the weeks compared, of frequent events a sample by hash. Each property
-- follows as a column p0, p1, …, the first of them the user.
SELECT
    event AS tracked_event,
    (day - DATE '1900-01-01' + 1 - $week_start) // 7 AS tracked_week,
    hash(user_id, ts) AS tracked_hash
FROM events
INNER JOIN (SELECT event, sampled AS tracked_step FROM tracked_names) AS looked USING (event)
WHERE day BETWEEN $begin AND $end AND (tracked_step = 1 OR hash(user_id, ts) % tracked_step = 0)
