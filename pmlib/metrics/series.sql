-- One row a week or day that has events: the metric, what it is divided by, and on how many days anything happened.
SELECT
    the_bucket AS bucket,
    the_amount AS amount,
    the_base AS n,
    count(DISTINCT day) AS days
FROM events
WHERE day BETWEEN $since AND $until
GROUP BY 1
ORDER BY 1
