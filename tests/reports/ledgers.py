"""Records of runs as the ledger keeps them."""


def report(name: str, state: str = "success", **more: object) -> dict:
    card = {"name": "Active people", "value": "1,204", "number": 1204.0, "change": "▲ +2%", "tone": "flat"}
    return {
        "id": name,
        "title": name.title(),
        "state": state,
        "why": "" if state == "success" else "It took longer than 20 seconds.",
        "headline": f"{name} says something",
        "seconds": 1.0,
        "through": "2026-11-22",
        "card": card,
        "quiet": False,
    } | more


def run(day: str, *reports: dict, ended: str = "T06:00:10+00:00") -> dict:
    return {
        "run": f"r{day}{ended}",
        "title": "Review",
        "as_of": day,
        "out": "/o",
        "state": "success",
        "began": f"{day}{ended}",
        "ended": f"{day}{ended}",
        "reports": list(reports),
        "files": {f"{day}/{one['id']}.html": "0" for one in reports if one["state"] in {"success", "stale"}},
    }
