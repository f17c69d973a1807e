-- The part each person is shown in: a value with many people, the others together, or without a value.
WITH ranked AS (
    SELECT value, row_number() OVER (ORDER BY count(*) DESC, value) AS rank
    FROM valued
    WHERE value IS NOT NULL
    GROUP BY value
)
SELECT
    user_id,
    CASE WHEN value IS NULL THEN $unknown WHEN rank <= $top THEN value ELSE $other END AS part,
    CASE WHEN value IS NULL THEN $top + 2 WHEN rank <= $top THEN rank ELSE $top + 1 END AS place
FROM valued LEFT JOIN ranked USING (value)
ORDER BY user_id
