-- What each event's properties held by week; each list has one count a property, whose first is the user.
SELECT
    tracked_event AS event,
    tracked_week AS week,
    count(*) AS n,
    approx_count_distinct(p0) AS people,
    the_filled AS filled,
    the_numbers AS numbers,
    the_truths AS truths,
    the_times AS times,
    the_ats AS ats,
    the_sizes AS sizes
FROM tracked_rows
GROUP BY tracked_event, tracked_week
ORDER BY tracked_event, tracked_week
