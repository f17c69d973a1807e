-- New people of each week by part, and how many of them were back in the week of the age asked for; null where that week
-- is not over.
SELECT
    part,
    first AS week,
    count(*) AS new,
    CASE
        WHEN first + $age <= $high
        THEN count(*) FILTER (WHERE get_bit(returns, CAST(least(first + $age, $high) - $low AS INTEGER)) = 1)
    END AS back
FROM activity
WHERE first BETWEEN $oldest AND $high
GROUP BY part, place, first
ORDER BY place, week
