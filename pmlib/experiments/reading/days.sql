-- The first and last day of a column, as they are written, and whether every value is one.
SELECT
    min(day) AS first,
    max(day) AS last,
    count(*) > 0 AND count(*) = count(day) AS whole
FROM (SELECT TRY_CAST(left(CAST(moment AS VARCHAR), 10) AS DATE) AS day FROM units) AS days
