-- The same table, each person in the part they belong to.
SELECT activity.* EXCLUDE (part, place), parts.part, parts.place
FROM activity JOIN parts USING (user_id)
