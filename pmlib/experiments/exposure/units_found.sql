-- For each arm its units, and those without an event while anything counts.
SELECT pmlib_arm AS arm, count(*) AS units, count(*) FILTER (WHERE found = 0) AS idle
FROM marked
JOIN sums USING (pmlib_number)
GROUP BY pmlib_arm
ORDER BY pmlib_arm
