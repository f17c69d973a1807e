-- For each theme and participant who mentions it one turn, drawn by a hash of seed and place, the same each time.
-- A turn is what one speaker says until another speaks: a sentence often runs over several utterances.
-- "any_theme" is all patterns in one: it leaves few turns to be held against each theme.
WITH themes AS (
  SELECT unnest($themes) AS theme, unnest($patterns) AS pattern
),

placed AS (
  SELECT
    interview,
    coalesce(speaker, '') AS speaker,
    utterance,
    t0,
    text,
    row_number() OVER (PARTITION BY interview ORDER BY utterance)
    - row_number() OVER (PARTITION BY interview, coalesce(speaker, '') ORDER BY utterance) AS turn
  FROM utterances
),

turns AS (
  SELECT
    interview,
    speaker,
    min(utterance) AS first,
    list(utterance ORDER BY utterance) AS utterances,
    list(t0 ORDER BY utterance) AS starts,
    list(text ORDER BY utterance) AS texts,
    string_agg(text, ' ' ORDER BY utterance) AS text
  FROM placed
  WHERE NOT list_contains($interviewers, speaker)
  GROUP BY interview, speaker, turn
  HAVING regexp_matches(string_agg(text, ' ' ORDER BY utterance), $any_theme)
)

SELECT themes.theme, turns.interview, turns.speaker, turns.utterances, turns.starts, turns.texts, turns.text
FROM turns
JOIN themes ON regexp_matches(turns.text, themes.pattern)
QUALIFY row_number() OVER (
  PARTITION BY themes.theme, turns.interview, turns.speaker
  ORDER BY md5(CAST($seed AS VARCHAR) || ':' || turns.interview || ':' || CAST(turns.first AS VARCHAR))
) = 1
ORDER BY
  themes.theme,
  md5(CAST($seed AS VARCHAR) || ':' || turns.interview || ':' || CAST(turns.first AS VARCHAR)),
  turns.interview,
  turns.speaker
