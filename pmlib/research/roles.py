"""What a speaker's label says: who asks, who is asked, or a name."""

import re

ASKING = frozenset(("interviewer", "moderator", "host", "researcher", "facilitator"))
ASKED = frozenset(("participant", "guest", "respondent", "customer", "user", "interviewee"))


def role(label: str) -> str:
    """Return the last word of a label that is a role, or ``""``.

    Examples
    --------
    >>> role("User researcher 2"), role("PARTICIPANT_07"), role("Mara Lind")
    ('researcher', 'participant', '')
    """
    roles = [word for word in words(label) if word in ASKING or word in ASKED]
    return roles[-1] if roles else ""


def asks(label: str) -> bool:
    """Whether a label says that its speaker asks."""
    return role(label) in ASKING


def answers(label: str) -> bool:
    """Whether a label says that its speaker is asked."""
    return role(label) in ASKED


def is_label(speaker: str) -> bool:
    """Whether a speaker is called by a role alone, or by nothing, so that it is no one's name.

    Examples
    --------
    >>> is_label("Participant A"), is_label("Interviewer"), is_label("Ada (customer)")
    (True, True, False)
    """
    said = words(speaker)
    return (not said or role(speaker) != "") and all(w in ASKING or w in ASKED or len(w) == 1 for w in said)


def words(label: str) -> list[str]:
    """Split a label into its words, digits aside."""
    return re.findall(r"[^\W\d_]+", label.casefold())
