-- What a property holds, the most frequent first.
SELECT CAST(given AS VARCHAR) AS value
FROM events
WHERE given IS NOT NULL
GROUP BY value
ORDER BY count(*) DESC, value
LIMIT 1000
