-- What a test of so many weeks would have seen, had it ended in the past: units, and what they did from first seen on.
-- Weeks are counted back from the last complete one, in stretches of $most weeks; a test of w weeks is the last w of a
-- stretch. A unit is taken in when it is first seen within the test, whether or not it was there before.
-- Put in are what a unit is seen by ("entering"), and into each part what is measured.
WITH seen AS (
    SELECT
        user_id,
        ($last - day) // (7 * $most) AS pmlib_stretch,
        ($last - day) % (7 * $most) // 7 AS pmlib_back,
        min(epoch_us(ts)) AS pmlib_first
    FROM events
    WHERE day BETWEEN $first AND $last AND entering
    GROUP BY user_id, pmlib_stretch, pmlib_back
),

taken AS (
    SELECT
        user_id AS pmlib_unit,
        pmlib_stretch,
        pmlib_weeks,
        min(pmlib_first) AS pmlib_first,
        list_extract($closes, pmlib_stretch + 1) - min(pmlib_first) AS pmlib_passed
    FROM (SELECT *, unnest(range(pmlib_back + 1, $most + 1)) AS pmlib_weeks FROM seen)
    WHERE pmlib_stretch * $most + pmlib_weeks <= $history
    GROUP BY user_id, pmlib_stretch, pmlib_weeks
),

-- All tests of a stretch end together, so that what a unit did depends on its first moment alone.
starts AS (
    SELECT DISTINCT pmlib_unit, pmlib_stretch, pmlib_first FROM taken
),

-- What lies before a stretch belongs to it too, as far as a covariate looks back.
happened AS (
    SELECT
        *,
        unnest(
            range(greatest(0, ($last - day) // (7 * $most) - $reach), ($last - day) // (7 * $most) + 1)
        ) AS pmlib_part
    FROM events
    WHERE day BETWEEN $earliest AND $last
),

aged AS (
    SELECT
        *,
        epoch_us(happened.ts) - pmlib_first AS pmlib_age
    FROM starts
    INNER JOIN happened ON pmlib_unit = happened.user_id AND pmlib_stretch = pmlib_part
),

counted AS (
    SELECT pmlib_unit, pmlib_stretch, pmlib_first
    FROM aged
    GROUP BY pmlib_unit, pmlib_stretch, pmlib_first
),

valued AS (
    SELECT pmlib_stretch, pmlib_weeks
    FROM taken
    INNER JOIN counted USING (pmlib_unit, pmlib_stretch, pmlib_first)
),

limits AS (
    SELECT pmlib_stretch, pmlib_weeks
    FROM valued
    GROUP BY pmlib_stretch, pmlib_weeks
),

cut AS (
    SELECT pmlib_stretch, pmlib_weeks
    FROM valued
    INNER JOIN limits USING (pmlib_stretch, pmlib_weeks)
)

SELECT pmlib_stretch, pmlib_weeks, count(*) AS units
FROM cut
GROUP BY pmlib_stretch, pmlib_weeks
ORDER BY pmlib_stretch, pmlib_weeks
