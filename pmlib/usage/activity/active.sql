-- Distinct users active in each period.
SELECT bucket, count_if(get_bit(returns, CAST(bucket - $low AS INTEGER)) = 1) AS users
FROM activity, range($since, $until + 1) AS buckets (bucket)
GROUP BY bucket
ORDER BY bucket
