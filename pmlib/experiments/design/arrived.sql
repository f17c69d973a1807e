-- The first and last day on which units of a table arrived, and how many have none. "arrived" is the column of their day.
SELECT min(day) AS first, max(day) AS last, count(*) - count(day) AS undated
FROM (SELECT TRY_CAST(left(CAST(arrived AS VARCHAR), 10) AS DATE) AS day FROM units) AS days
