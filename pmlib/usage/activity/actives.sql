-- How many were active on the days, in the 7 and in the 30 days that end with the days asked for.
WITH
    two AS (SELECT part, place, returns AS one, returns | (returns >> 1) AS two FROM activity),
    four AS (SELECT *, two | (two >> 2) AS four FROM two),
    eight AS (SELECT *, four | (four >> 3) AS week, four | (four >> 4) AS eight FROM four),
    sixteen AS (SELECT *, eight | (eight >> 8) AS sixteen FROM eight),
    thirty AS (SELECT part, place, one, week, sixteen | (sixteen >> 14) AS month FROM sixteen),
    counts AS (
        SELECT part, place, 'daily' AS name, day, sum(get_bit(one, CAST(day - $low AS INTEGER))) AS people
        FROM thirty, (SELECT unnest($daily) AS day) AS days
        GROUP BY part, place, day
        UNION ALL
        SELECT part, place, 'weekly', day, sum(get_bit(week, CAST(day - $low AS INTEGER)))
        FROM thirty, (SELECT unnest($weekly) AS day) AS days
        GROUP BY part, place, day
        UNION ALL
        SELECT part, place, 'monthly', day, sum(get_bit(month, CAST(day - $low AS INTEGER)))
        FROM thirty, (SELECT unnest($monthly) AS day) AS days
        GROUP BY part, place, day
    )
SELECT part, name, day, people
FROM counts
ORDER BY place, name, day
