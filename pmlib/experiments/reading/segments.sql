-- How many units of each value of a column each arm has. "the_segment" stands for the column.
SELECT CAST(the_segment AS VARCHAR) AS pmlib_part, arm, count(*) AS units
FROM units
WHERE arm IS NOT NULL
GROUP BY pmlib_part, arm
ORDER BY pmlib_part NULLS LAST, arm
