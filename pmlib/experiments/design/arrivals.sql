-- The units of a table that arrived in the last weeks of each stretch of $most weeks, counted back from $last, and what
-- they are worth. A test of w weeks is the last w of a stretch. "arrived" is the column of their day; what is measured is
-- put into each part.
WITH dated AS (
    SELECT *, TRY_CAST(left(CAST(arrived AS VARCHAR), 10) AS DATE) AS pmlib_day FROM units
),

seen AS (
    SELECT
        *,
        ($last - pmlib_day) // (7 * $most) AS pmlib_stretch,
        ($last - pmlib_day) % (7 * $most) // 7 AS pmlib_back
    FROM dated
    WHERE pmlib_day BETWEEN $first AND $last
),

taken AS (
    SELECT *
    FROM (SELECT *, unnest(range(pmlib_back + 1, $most + 1)) AS pmlib_weeks FROM seen)
    WHERE pmlib_stretch * $most + pmlib_weeks <= $history
),

valued AS (
    SELECT pmlib_stretch, pmlib_weeks FROM taken
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
