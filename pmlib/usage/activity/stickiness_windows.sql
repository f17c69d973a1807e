-- Active days and people of each window, oldest first.
SELECT window_place, sum(bit_count(returns & window_bits)) AS days, count_if(bit_count(returns & window_bits) > 0) AS people
FROM activity, (
    SELECT unnest(range(1, len($windows) + 1)) AS window_place, CAST(unnest($windows) AS BIT) AS window_bits
) AS windows
GROUP BY window_place
ORDER BY window_place
