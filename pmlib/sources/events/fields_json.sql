-- Whether a JSON column holds objects, or lists of keys with values.
SELECT
    count_if(json_type(c) = 'OBJECT') AS trees,
    count_if(json_type(c) = 'ARRAY' AND json_exists(c, '$[0].key')) AS pairs
FROM (SELECT given AS c FROM sample) AS trees
