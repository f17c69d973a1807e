-- Whether the events of each day all have one time, and on some day there are several, as in files of dates.
SELECT bool_and(first = last) AND max(n) > 1 AS alike
FROM (SELECT min(ts) AS first, max(ts) AS last, count(*) AS n FROM visit_moments GROUP BY day)
