-- Repeat customers alike in how often they bought again and for how much in all, in millionths.
WITH
    bought AS (
        SELECT user_id, day, sum(CAST(round(the_amount * 1000000) AS HUGEINT)) AS amount
        FROM events
        WHERE ($event = '' OR event = $event) AND the_amount >= 0
        GROUP BY user_id, day
    ),
    customers AS (
        SELECT user_id, count(*) - 1 AS again, sum(amount) - arg_min(amount, day) AS amount
        FROM bought
        GROUP BY user_id
        HAVING count(*) > 1
    )
SELECT again, CAST(amount AS DOUBLE) / 1000000 AS amount, count(*) AS customers
FROM customers
WHERE amount > 0
GROUP BY again, amount
ORDER BY again, amount
