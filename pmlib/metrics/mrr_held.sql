-- For each period asked for, who pays at its end: how many, how much, the sum of the squares, and the most one pays.
WITH
    points AS (SELECT unnest($points) AS point),
    held AS (
        SELECT points.point, mrr_changes.customer, sum(mrr_changes.change) AS amount
        FROM points JOIN mrr_changes ON mrr_changes.bucket <= points.point
        GROUP BY ALL
    )
SELECT point, count(*) AS customers, sum(amount) AS amount, sum(amount * amount) AS squares, max(amount) AS most
FROM held
WHERE amount > 0
GROUP BY point
ORDER BY point
