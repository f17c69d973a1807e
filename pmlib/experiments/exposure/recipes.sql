-- Which of some functions take many rows at once.
SELECT DISTINCT function_name AS name
FROM duckdb_functions()
WHERE function_type = 'aggregate' AND list_contains($names, function_name)
ORDER BY name
