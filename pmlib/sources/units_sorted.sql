-- Each row with the reason why it is set aside, if any. "unit_given" and "arm_given" stand for columns of the source,
-- "row_given" for all others together; of rows that repeat a unit the least one is kept, so that the order of reading
-- changes nothing. Rows of a unit that say different things are marked as unlike.
CREATE TABLE sorted AS
WITH numbered AS (
  SELECT
    CAST(row_number() OVER () AS VARCHAR) AS pmlib_row,
    *
  FROM source
),

named AS (
  SELECT
    nullif(trim(CAST(unit_given AS VARCHAR)), '') AS pmlib_unit,
    nullif(trim(CAST(arm_given AS VARCHAR)), '') AS pmlib_arm,
    md5(CAST(row_given AS VARCHAR)) AS pmlib_digest,
    * EXCLUDE (pmlib_row)
  FROM numbered
),

counted AS (
  SELECT
    *,
    min(pmlib_arm) OVER (PARTITION BY pmlib_unit) <> max(pmlib_arm) OVER (PARTITION BY pmlib_unit) AS pmlib_torn,
    min(pmlib_digest) OVER (PARTITION BY pmlib_unit, pmlib_arm)
    <> max(pmlib_digest) OVER (PARTITION BY pmlib_unit, pmlib_arm) AS pmlib_differs,
    row_number() OVER (PARTITION BY pmlib_unit, pmlib_arm ORDER BY pmlib_digest) AS pmlib_turn
  FROM named
),

reasoned AS (
  SELECT
    CASE
      WHEN pmlib_unit IS NULL THEN 'no unit'
      WHEN pmlib_arm IS NULL THEN 'no arm'
      WHEN pmlib_torn THEN 'in two arms'
      WHEN pmlib_turn > 1 AND pmlib_differs THEN 'same unit, other values'
      WHEN pmlib_turn > 1 THEN 'duplicate'
    END AS pmlib_aside,
    *
  FROM counted
)

SELECT
  pmlib_differs AND (pmlib_aside IS NULL OR pmlib_aside = 'same unit, other values') AS pmlib_unlike,
  * EXCLUDE (pmlib_torn, pmlib_differs, pmlib_digest, pmlib_turn)
FROM reasoned
