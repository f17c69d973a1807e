-- For each in a cohort whether the age is over and whether they were back at it; n people did alike.
SELECT pattern, cohort, seen >= $high AS over, bit_count(hits & CAST($mask AS BIT)) > 0 AS back, n
FROM lines
