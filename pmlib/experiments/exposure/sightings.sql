-- Each unit with each arm it was shown: when first while units were taken in, and how many rows lie then, before and after.
-- "shown" is the log of exposures, or the table of them.
SELECT
    unit,
    arm,
    min(moment) FILTER (WHERE moment >= $opens AND moment < $closes) AS first_at,
    count(*) FILTER (WHERE moment >= $opens AND moment < $closes) AS inside,
    count(*) FILTER (WHERE moment < $opens) AS early,
    count(*) FILTER (WHERE moment >= $closes) AS late,
    count(*) FILTER (WHERE moment IS NULL) AS untimed
FROM shown
GROUP BY unit, arm
