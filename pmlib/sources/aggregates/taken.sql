-- How many rows of the source are kept of each experiment, and why the others are set aside; a row of two arms goes where
-- one of them does.
CREATE TABLE taken AS
WITH reasons AS (
  SELECT
    line,
    any_value(experiment) AS experiment,
    min(coalesce(bare, CASE WHEN $running THEN missing END)) AS why
  FROM moments
  GROUP BY line
)

SELECT
  experiment,
  why,
  count(*) AS rows
FROM reasons
GROUP BY experiment, why
