-- Customers alike in their purchases up to a day: how many bought again so often, so long after the first, with the first
-- so long ago; the value of what they bought again in millionths, and on how many later days they bought.
WITH
    bought AS (
        SELECT user_id, day, sum(CAST(round(the_amount * 1000000) AS HUGEINT)) AS amount
        FROM events
        WHERE ($event = '' OR event = $event) AND the_amount >= 0
        GROUP BY user_id, day
    ),
    customers AS (
        SELECT
            user_id,
            min(day) AS first,
            max(day) FILTER (WHERE day <= $until) AS last,
            count(*) FILTER (WHERE day <= $until) - 1 AS again,
            coalesce(sum(amount) FILTER (WHERE day <= $until), 0) - arg_min(amount, day) AS amount,
            count(*) FILTER (WHERE day > $until) AS later
        FROM bought
        GROUP BY user_id
        HAVING min(day) <= $until
    )
SELECT
    again,
    last - first AS recency,
    $until - first AS age,
    count(*) AS customers,
    CAST(sum(amount) AS DOUBLE) / 1000000 AS amount,
    sum(later)::BIGINT AS later
FROM customers
GROUP BY again, recency, age
ORDER BY again, recency, age
