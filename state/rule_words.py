"""What speaks for a rule, in sentences."""

from collections.abc import Mapping

from state.rule import Support


def so_often(support: Support) -> str:
    """How often in a row, how many persons and since when; without an end."""
    since = f"{_people(support.people)}, since {support.since:%Y-%m-%d}"
    return f"People have answered so {support.in_a_row:,} times in a row ({since})"


def would_have(support: Support) -> str:
    """What the rule would have done in the past."""
    questions = "question" if support.questions_saved == 1 else "questions"
    saved = f"So far it would have saved {support.questions_saved:,} {questions}"
    if support.agreed == support.answers:
        return f"{saved}, and no answer of people was ever another."
    return f"{saved}; of the {support.answers:,} answers of people, {support.agreed:,} were the same as its own."


def rules_words(rules: Mapping[str, str]) -> str:
    """The rules that a run took down, in a line."""
    return "rules from people's answers: " + ", ".join(
        f"{side} stands in {conflict}" for conflict, side in sorted(rules.items())
    )


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count:,} people"
