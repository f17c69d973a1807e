-- The parts each person is in.
CREATE OR REPLACE TEMP TABLE visit_parts AS
SELECT visit_people.person, parts.part
FROM visit_people JOIN parts ON parts.user_id = visit_people.user_id
