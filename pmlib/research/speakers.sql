-- How much each speaker says in each interview; a null speaker is nobody known.
SELECT interview, speaker, count(*) AS utterances
FROM utterances
GROUP BY interview, speaker
ORDER BY interview, min(utterance), speaker
