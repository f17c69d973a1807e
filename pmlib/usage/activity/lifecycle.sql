-- For each part and period: how many were active in it, in it and the one before too, and for the first time; of those
-- who had begun by then. Where the event that makes new is another ($apart), what lies before it is no activity.
WITH
    seen AS (
        SELECT
            part,
            place,
            first,
            CASE
                WHEN $apart AND first > $low
                THEN returns & CAST(repeat('0', first - $low) || repeat('1', $high + 1 - first) AS BIT)
                ELSE returns
            END AS active
        FROM activity
    ),
    known AS (SELECT *, active & (active >> 1) AS retained FROM seen),
    places AS (SELECT place, any_value(part) AS part FROM known GROUP BY place),
    periods AS (
        SELECT DISTINCT bucket, bucket - CAST($low AS INTEGER) AS spot
        FROM calendar
        WHERE bucket BETWEEN $since AND $until
    ),
    counted AS (
        SELECT place, bucket, sum(get_bit(active, spot)) AS active, sum(get_bit(retained, spot)) AS retained
        FROM known, periods
        GROUP BY place, bucket
    ),
    born AS (
        SELECT place, first AS bucket, count(*) AS new
        FROM known
        WHERE first BETWEEN $since AND $until AND get_bit(active, CAST(first - $low AS INTEGER)) = 1
        GROUP BY place, first
    )
SELECT
    part,
    bucket,
    CAST(active AS BIGINT) AS active,
    CAST(retained AS BIGINT) AS retained,
    coalesce(new, 0) AS new
FROM counted JOIN places USING (place) LEFT JOIN born USING (place, bucket)
ORDER BY place, bucket
