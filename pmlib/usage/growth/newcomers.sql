-- Who started: when first, on which local day, and for how many whole days of 24 hours they were followed since.
SELECT
    user_id,
    min(ts) AS first,
    min(day) AS day,
    (epoch_us($until) - epoch_us(min(ts))) // 86400000000 AS followed
FROM events
WHERE the_start
GROUP BY user_id
