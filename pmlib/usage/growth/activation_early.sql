-- For each new person and event: how often in the early window and on which of its days (as bits), and whether the
-- person was back in the later one. The half is drawn from the id alone, so that it never changes.
WITH moments AS (
    SELECT
        user_id,
        event,
        (epoch_us(events.ts) - epoch_us(newcomers.first)) // 86400000000 AS age,
        the_back AS back
    FROM events
    JOIN newcomers USING (user_id)
    WHERE newcomers.day BETWEEN $since AND $until AND newcomers.followed >= $through AND events.ts >= newcomers.first
)
SELECT
    user_id,
    event,
    CAST(md5_number_lower(concat(CAST($seed AS VARCHAR), ':', user_id)) % 2 AS INTEGER) AS half,
    count(*) FILTER (WHERE age < $within) AS n,
    coalesce(bit_or(CAST(1 AS HUGEINT) << CAST(age AS INTEGER)) FILTER (WHERE age < $within), 0) AS days,
    coalesce(bool_or(back) FILTER (WHERE age >= $return_from), false) AS stayed
FROM moments
WHERE age < $within OR (age >= $return_from AND age < $through)
GROUP BY user_id, event
