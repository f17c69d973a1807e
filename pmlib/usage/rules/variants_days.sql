-- Times cut to the whole local day, as if all were in UTC: days of 23 and 25 hours are days.
SELECT * REPLACE (CAST(day AS TIMESTAMP) AS ts)
