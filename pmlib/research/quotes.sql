-- A random draw of the answers of one wave: ordered by a hash of seed and respondent, the same each time.
-- "wave_given" and "part_given" stand for columns of respondents, or for a constant.
WITH people AS (
  SELECT
    respondent,
    CAST(wave_given AS VARCHAR) AS wave,
    coalesce(CAST(part_given AS VARCHAR), 'not given') AS part
  FROM respondents
)

SELECT people.part, trim(answers.value) AS text
FROM people
JOIN answers USING (respondent)
WHERE answers.question = $question
  AND answers.asked
  AND nullif(trim(answers.value), '') IS NOT NULL
  AND people.wave = $wave
ORDER BY md5(CAST($seed AS VARCHAR) || ':' || people.respondent), people.respondent, answers.value
LIMIT $count
