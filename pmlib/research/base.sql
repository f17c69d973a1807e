-- Who was asked and who answered, by wave and part.
-- "wave_given" and "part_given" stand for columns of respondents, or for a constant.
WITH people AS (
  SELECT
    respondent,
    answered_at,
    CAST(wave_given AS VARCHAR) AS wave,
    coalesce(CAST(part_given AS VARCHAR), 'not given') AS part
  FROM respondents
),

given AS (
  SELECT
    respondent,
    bool_or(asked) AS asked,
    bool_or(nullif(trim(coalesce(option, value)), '') IS NOT NULL OR number IS NOT NULL) AS answered
  FROM answers
  WHERE question = $question
  GROUP BY respondent
)

SELECT
  people.wave,
  people.part,
  min(people.answered_at) AS first,
  count(*) AS people,
  count_if(given.asked IS NOT DISTINCT FROM FALSE) AS not_asked,
  count_if(given.asked IS DISTINCT FROM FALSE AND given.answered IS DISTINCT FROM TRUE) AS silent,
  count_if(given.asked IS DISTINCT FROM FALSE AND given.answered IS NOT DISTINCT FROM TRUE) AS answered
FROM people
LEFT JOIN given USING (respondent)
GROUP BY people.wave, people.part
ORDER BY people.wave, people.part
