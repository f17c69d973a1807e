-- Active days and people of the windows that end with the periods asked for, oldest first.
WITH windows AS (
    SELECT
        last,
        CAST(
            repeat('0', last - $length + 1 - $low) || repeat('1', $length) || repeat('0', $high - last) AS BIT
        ) AS within
    FROM (SELECT CAST(unnest($ends) AS INTEGER) AS last) AS asked
)
SELECT
    windows.last,
    sum(bit_count(returns & within)) AS days,
    count_if(bit_count(returns & within) > 0) AS people
FROM activity, windows
WHERE NOT $settled OR first <= windows.last - $length
GROUP BY windows.last
ORDER BY windows.last
