-- For each part and period: how many were active in it, in it and the one before, and in the one before only; of those
-- who had begun by then.
SELECT
    part,
    bucket,
    count_if(first <= bucket AND get_bit(returns, CAST(bucket - $low AS INTEGER)) = 1) AS active,
    count_if(
        first < bucket
        AND get_bit(returns, CAST(bucket - $low AS INTEGER)) = 1
        AND get_bit(returns, CAST(bucket - $low - 1 AS INTEGER)) = 1
    ) AS retained,
    count_if(
        first < bucket
        AND get_bit(returns, CAST(bucket - $low AS INTEGER)) = 0
        AND get_bit(returns, CAST(bucket - $low - 1 AS INTEGER)) = 1
    ) AS churned,
    count_if(first = bucket AND get_bit(returns, CAST(bucket - $low AS INTEGER)) = 1) AS new
FROM activity, range($since, $until + 1) AS buckets (bucket)
GROUP BY part, place, bucket
ORDER BY place, bucket
