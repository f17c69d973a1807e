-- The units with the moments of further events after their exposure; a mark that never came is NULL.
-- The marks are put in by their conditions.
SELECT anchors.*
FROM anchors
LEFT JOIN marks USING (pmlib_number)
