-- The keys of the objects in a column, and whether all their values are numbers.
SELECT
    key,
    bool_and(json_type(value) IN ('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT', 'NULL'))
    AND NOT bool_and(json_type(value) = 'NULL') AS numeric
FROM (
    SELECT key, json_extract(tree, '$."' || key || '"') AS value
    FROM (
        SELECT tree, unnest(json_keys(tree)) AS key
        FROM (SELECT CAST(given AS JSON) AS tree FROM sample) AS trees
    ) AS keys
) AS pairs
GROUP BY key
ORDER BY count(*) DESC, key
LIMIT $keys
