-- How many units came on each day into each arm, and how many of them were activated. "the_day" and "the_activation"
-- stand for the columns that tell; what each metric holds is put in beside them.
SELECT pmlib_day, arm, count(*) AS units, count_if(pmlib_active) AS active
FROM (
    SELECT *, the_day AS pmlib_day, the_activation AS pmlib_active
    FROM units
    WHERE arm IS NOT NULL
) AS taken
GROUP BY pmlib_day, arm
ORDER BY pmlib_day, arm
