-- One row a period in which a survey was answered: the metric and what it is divided by.
-- An answer lies on the local day of its respondent's; what was not asked is no answer.
-- A period's number is that of pmlib.core.Buckets.
WITH given AS (
    SELECT
        answers.*,
        respondents.* EXCLUDE (respondent),
        CAST(respondents.answered_at AT TIME ZONE 'UTC' AT TIME ZONE $timezone AS DATE) AS answered_day
    FROM answers
    JOIN respondents USING (respondent)
    WHERE answers.asked
)
SELECT
    CASE $every
        WHEN 'day' THEN answered_day - DATE '1900-01-01'
        WHEN 'week' THEN (answered_day - DATE '1900-01-01' + 1 - $week_start) // 7
        ELSE year(answered_day) * 12 + month(answered_day) - 1
    END AS bucket,
    the_amount AS amount,
    the_base AS n
FROM given
WHERE answered_day BETWEEN $since AND $until
GROUP BY bucket
ORDER BY bucket
