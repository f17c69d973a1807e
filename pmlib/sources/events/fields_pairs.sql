-- The keys in lists of keys with values, and whether none of a key's values is text.
SELECT key, bool_and((value ->> '$.string_value') IS NULL) AS numeric
FROM (
    SELECT (pair ->> '$.key') AS key, (pair -> '$.value') AS value
    FROM (SELECT unnest(CAST(CAST(given AS JSON) AS JSON[])) AS pair FROM sample) AS pairs
) AS entries
GROUP BY key
ORDER BY count(*) DESC, key
LIMIT $keys
