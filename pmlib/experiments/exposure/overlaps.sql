-- For each arm how many of its units are in each arm of another experiment, or in none of it.
SELECT these.arm AS arm, those.arm AS other, count(*) AS units
FROM these
LEFT JOIN those USING (unit)
GROUP BY these.arm, those.arm
ORDER BY arm, other NULLS LAST
