-- Every value of the market, by date and name.
SELECT date, name, sum(value) AS value
FROM series
WHERE value IS NOT NULL AND (CAST($as_of AS DATE) IS NULL OR date <= CAST($as_of AS DATE))
GROUP BY date, name
ORDER BY date, name
