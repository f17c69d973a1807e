-- Each row in its place, with the reason why it is set aside, if any. Amounts become a month's worth: a year has twelve
-- months and 365 days. A trial is not paid for: the subscription starts when it is over.
CREATE TABLE sorted AS
WITH factors (word, months) AS (
    SELECT unnest($words), unnest($months)
),

dated AS (
    SELECT
        * EXCLUDE (started_at, ended_at, trial_until),
        CAST(started_at AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS began,
        CAST(ended_at AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS ended,
        CAST(trial_until AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS trial
    FROM mapped
),

valued AS (
    SELECT
        dated.* EXCLUDE (began, trial, amount_given, every_given, quantity_given),
        greatest(began, coalesce(trial, began)) AS started,
        began,
        trial,
        round(
            amount_given * coalesce(quantity_given, 1) / (factors.months * coalesce(nullif(every_given, 0), 1)), 9
        ) AS amount,
        factors.months IS NULL AS lost
    FROM dated
    LEFT JOIN factors ON factors.word = dated.billing
)

SELECT
    * EXCLUDE (blank, billing, status, began, trial, lost, sameness, currency),
    upper(currency) AS currency,
    CASE
        WHEN blank THEN 'unparseable'
        WHEN customer IS NULL THEN 'no customer'
        WHEN began IS NULL THEN 'no start'
        WHEN lost THEN 'no interval'
        WHEN amount IS NULL THEN 'no amount'
        WHEN amount < 0 THEN 'negative amount'
        WHEN amount = 0 THEN 'free'
        WHEN status IN ('incomplete', 'incomplete_expired') THEN 'never paid'
        WHEN status IN ('trialing', 'in_trial', 'trial') AND trial IS NULL THEN 'in trial'
        WHEN ended IS NULL AND status IN ('canceled', 'cancelled', 'ended', 'expired') THEN 'ended at no known date'
        WHEN ended < began THEN 'ended before it started'
        WHEN ended <= started AND trial > began THEN 'in trial'
        WHEN ended <= started THEN 'ended the day it started'
        WHEN row_number() OVER (PARTITION BY sameness) > 1 THEN 'duplicate'
    END AS reason
FROM valued
