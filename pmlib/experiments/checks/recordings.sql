-- How many units of each arm and day of exposure did on each later day what each metric counts.
-- The metrics are put in by their conditions; "the_rows" stands for any of them, "the_whole" for what counts once: a
-- unit, or its cluster, which is "the_own" of its row.
WITH did AS (
    SELECT the_whole AS pmlib_who_counts, pmlib_into, pmlib_first, events.day AS pmlib_day
    FROM events
    JOIN marked ON events.user_id = pmlib_unit
    JOIN (
        SELECT unit AS pmlib_who, the_own AS pmlib_whole, arm AS pmlib_into, exposed_on AS pmlib_first FROM units
    ) AS taken
        ON pmlib_who = pmlib_unit
    WHERE epoch_us(events.ts) >= pmlib_0 AND epoch_us(events.ts) < $closes AND the_rows
    GROUP BY the_whole, pmlib_into, pmlib_first, pmlib_day
)

SELECT pmlib_first AS exposed_on, pmlib_day AS day, pmlib_into AS arm
FROM did
GROUP BY pmlib_first, pmlib_day, pmlib_into
ORDER BY pmlib_first, pmlib_day, pmlib_into
