-- Promoters (9, 10), passives (7, 8) and detractors (0 to 6) by wave and part; other answers are told apart.
-- "wave_given" and "part_given" stand for columns of respondents, or for a constant.
WITH people AS (
  SELECT
    respondent,
    CAST(wave_given AS VARCHAR) AS wave,
    coalesce(CAST(part_given AS VARCHAR), 'not given') AS part
  FROM respondents
),

given AS (
  SELECT respondent, min(nullif(trim(value), '')) AS value, min(number) AS number
  FROM answers
  WHERE question = $question AND asked
  GROUP BY respondent
  HAVING bool_or(nullif(trim(value), '') IS NOT NULL OR number IS NOT NULL)
),

graded AS (
  SELECT *, coalesce(number BETWEEN 0 AND 10 AND number = floor(number), FALSE) AS readable
  FROM given
)

SELECT
  people.wave,
  people.part,
  count_if(readable AND number >= 9) AS promoters,
  count_if(readable AND number BETWEEN 7 AND 8) AS passives,
  count_if(readable AND number <= 6) AS detractors,
  count_if(NOT readable) AS unreadable,
  max(number) AS highest,
  min(CASE WHEN NOT readable THEN coalesce(value, CAST(number AS VARCHAR)) END) AS example
FROM people
JOIN graded USING (respondent)
GROUP BY people.wave, people.part
ORDER BY people.wave, people.part
