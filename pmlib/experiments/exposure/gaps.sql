-- How many units of each arm did on each day, after their exposure, what each measure counts.
-- The measures are put in by their conditions.
WITH did AS (
    SELECT pmlib_number, pmlib_arm, day
    FROM events
    JOIN marked ON user_id = pmlib_unit
    WHERE epoch_us(ts) >= pmlib_0 AND epoch_us(ts) < $closes AND the_rows
    GROUP BY pmlib_number, pmlib_arm, day
)

SELECT day, pmlib_arm AS arm
FROM did
GROUP BY day, pmlib_arm
ORDER BY day, arm
