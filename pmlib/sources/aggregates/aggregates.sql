-- The rows that count. Beside several other arms the row of control stands once for each; it is one row.
CREATE TABLE aggregates AS
SELECT DISTINCT
  experiment,
  metric,
  arm,
  instant,
  day,
  parts,
  n,
  units,
  mean,
  variance,
  third,
  yes_or_no,
  least,
  most,
  ceiling,
  over_mean,
  over_variance,
  over_covariance,
  before_mean,
  before_variance,
  before_covariance,
  over_before_covariance,
  -- Rows of the source that say the same twice are a mistake.
  CASE WHEN side = 0 AND EXISTS (SELECT 1 FROM moments AS other WHERE other.side = 1) THEN 0 ELSE line END AS line
FROM moments
