-- For each arm its units, those without an event while anything counts, and those first seen at their exposure or later.
SELECT
    pmlib_arm AS arm,
    count(*) AS units,
    count(*) FILTER (WHERE found = 0) AS idle,
    count(*) FILTER (WHERE seen IS NOT TRUE) AS fresh
FROM marked
JOIN sums USING (pmlib_number)
LEFT JOIN pasts USING (pmlib_number)
GROUP BY pmlib_arm
ORDER BY pmlib_arm
