-- Every value of the market, by date and name.
SELECT date, name, sum(value) AS value
FROM series
WHERE value IS NOT NULL
GROUP BY date, name
ORDER BY date, name
