-- How many respondents chose each option, by wave and part; a respondent counts once an option.
-- "wave_given" and "part_given" stand for columns of respondents, or for a constant.
WITH people AS (
  SELECT
    respondent,
    CAST(wave_given AS VARCHAR) AS wave,
    coalesce(CAST(part_given AS VARCHAR), 'not given') AS part
  FROM respondents
),

given AS (
  SELECT DISTINCT respondent, trim(coalesce(option, value, CAST(number AS VARCHAR))) AS option, number
  FROM answers
  WHERE question = $question AND asked
    AND (nullif(trim(coalesce(option, value)), '') IS NOT NULL OR number IS NOT NULL)
)

SELECT people.wave, people.part, given.option, min(given.number) AS number, count(DISTINCT respondent) AS chosen
FROM people
JOIN given USING (respondent)
GROUP BY people.wave, people.part, given.option
ORDER BY people.wave, people.part, given.option
