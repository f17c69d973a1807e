-- How many units of some arms were taken in on each day; "moment" stands for the column that tells when, and how many of
-- them have a value of each metric now is put in beside it.
SELECT TRY_CAST(left(CAST(moment AS VARCHAR), 10) AS DATE) AS day, count(*) AS units
FROM units
WHERE list_contains($arms, arm)
GROUP BY day
ORDER BY day
