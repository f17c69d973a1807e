"""What was written down before the start, as a report quotes it."""

from pmlib.core import Finding
from pmlib.core.words import many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.trial import Trial
from pmlib.show import table
from pmlib.sources.registrations import words


@fitting
def registered(trial: Trial) -> Finding:
    """Quote what was written down before the start.

    Returns
    -------
    Finding
        The hypothesis as the headline, the plan part by part as the table, and the digest that shows whether the file
        was changed since. Without a registration the headline says so.
    """
    plan = trial.registration
    question = "What was written down before the start?"
    if not trial.registered:
        return Finding(
            id="experiment-registered",
            question=question,
            headline="Nothing was written down before the start; what is asked here was not chosen before.",
            estimates=(),
            cautions=("Goals chosen after the data were seen look better than they are.",),
            definition="A registration is a file that names hypothesis, arms, metrics, horizon and looks.",
        )
    said = " ".join(plan.hypothesis.split()).removesuffix(".")
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{said}\N{RIGHT DOUBLE QUOTATION MARK}"
    judges = many(len(plan.goals), "goal")
    if plan.guardrails:
        judges = f"{judges} and {many(len(plan.guardrails), 'guardrail')}"
    return Finding(
        id="experiment-registered",
        question=question,
        estimates=(),
        headline=f"Judged by {judges}, as planned for: {quoted}.",
        table=table(["part", "as registered"], [[line.part, line.text] for line in words.registered(plan)]),
        definition=f"{plan.file}, digest {plan.short}: a change of anything that matters changes the digest.",
    )
