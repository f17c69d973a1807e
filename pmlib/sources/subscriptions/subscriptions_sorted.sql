-- Each row in its place, with the reason why it is set aside, if any. Amounts become a month's worth: a year has twelve
-- months and 365 days. A trial is not paid for: the subscription starts when it is over. What is written and cannot be
-- read is never taken for nothing.
CREATE TABLE sorted AS
WITH factors (word, months) AS (
    SELECT unnest($words), unnest($months)
),

dated AS (
    SELECT
        *,
        CAST(started_given AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS began,
        CAST(ended_given AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS ended,
        CAST(trial_end_given AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS trial,
        amount_given * coalesce(quantity_given, 1) AS paid
    FROM mapped
),

valued AS (
    SELECT
        dated.*,
        greatest(began, coalesce(trial, began)) AS started,
        round(paid / (factors.months * coalesce(interval_count_given, 1)), 9) AS amount,
        factors.months IS NULL AS lost
    FROM dated
    LEFT JOIN factors ON factors.word = dated.billing
)

SELECT
    * EXCLUDE (
        blank, billing, status, began, trial, lost, paid, minor_parts, sameness, currency,
        started_given, ended_given, trial_end_given, amount_given, interval_count_given, quantity_given,
        started_text, ended_text, trial_end_text, amount_text, interval_count_text, quantity_text
    ),
    upper(currency) AS currency,
    CASE
        WHEN blank THEN 'unparseable'
        WHEN customer IS NULL THEN 'no customer'
        WHEN began IS NULL AND started_text IS NOT NULL THEN 'unreadable start'
        WHEN began IS NULL THEN 'no start'
        WHEN ended IS NULL AND ended_text IS NOT NULL THEN 'unreadable end'
        WHEN trial IS NULL AND trial_end_text IS NOT NULL THEN 'unreadable trial end'
        WHEN lost THEN 'no interval'
        WHEN interval_count_given IS NULL AND interval_count_text IS NOT NULL THEN 'unreadable interval count'
        WHEN interval_count_given <= 0 THEN 'interval count of 0 or less'
        WHEN quantity_given IS NULL AND quantity_text IS NOT NULL THEN 'unreadable quantity'
        WHEN quantity_given <= 0 THEN 'quantity of 0 or less'
        WHEN amount_given IS NULL AND amount_text IS NOT NULL THEN 'unreadable amount'
        WHEN amount_given IS NULL THEN 'no amount'
        WHEN amount_given < 0 THEN 'negative amount'
        WHEN amount_given = 0 THEN 'free'
        WHEN round(paid * minor_parts, 6) < 1 THEN 'below the smallest unit'
        WHEN status IN ('incomplete', 'incomplete_expired') THEN 'never paid'
        WHEN status IN ('trialing', 'in_trial', 'trial') AND trial IS NULL THEN 'in trial'
        WHEN ended IS NULL AND status IN ('canceled', 'cancelled', 'ended', 'expired') THEN 'ended at no known date'
        WHEN ended < began THEN 'ended before it started'
        WHEN ended <= started AND trial > began THEN 'in trial'
        WHEN ended <= started THEN 'ended the day it started'
        WHEN row_number() OVER (PARTITION BY sameness) > 1 THEN 'duplicate'
    END AS reason
FROM valued
