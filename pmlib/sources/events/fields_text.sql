-- What the texts of a column look like, in the sample; 1,5 tells a decimal comma clearly, 1,500 does not.
SELECT
    count(c) AS n,
    count_if(regexp_full_match(c, $point)) AS points,
    count_if(regexp_full_match(c, $comma)) AS commas,
    count_if(regexp_full_match(c, '.*,(\d{1,2}|\d{4,})')) AS clear,
    count_if(contains(c, '.')) AS broken,
    count_if(lower(c) IN ('true', 'false')) AS truths,
    count_if(c LIKE '{%}' AND json_valid(c)) AS trees,
    count_if(c LIKE '[{%' AND json_valid(c)) AS lists
FROM (SELECT nullif(given, '') AS c FROM sample) AS texts
