-- How much each speaker says and asks in each interview; a null speaker is nobody known.
-- A question is an utterance that ends in a question mark, quotes and brackets after it aside.
SELECT
  interview,
  speaker,
  count(*) AS utterances,
  count_if(regexp_matches(text, '[?？؟][\s"''”’»)\]]*$')) AS questions
FROM utterances
GROUP BY interview, speaker
ORDER BY interview, min(utterance), speaker
