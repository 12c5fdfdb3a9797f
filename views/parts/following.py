"""What follows from each answer to a question, before anybody gives it."""

from collections.abc import Iterable, Sequence

from graphs.consequence import Consequence
from runtime.desk.matter import Matter
from views.parts.panel import show, table


def what_follows(matter: Matter) -> None:
    """What is made after each answer, before anybody gives it; answers of which the same follows share a line."""
    answers: dict[str, list[str]] = {}
    for each in matter.consequences:
        then = after_words(matter, each)
        answers.setdefault(then, []).append(answer_words(each, matter.consequences))
    if answers:
        rows = [(" · ".join(words), then) for then, words in answers.items()]
        show('<div class="rh-title">What follows</div>', table(("answer", "what is made then"), rows))


def answer_words(each: Consequence, among: tuple[Consequence, ...]) -> str:
    """An answer in words."""
    several = sum(other.action == each.action for other in among) > 1
    match each.action:
        case "approve":
            return f"approve: {each.decision} stands"
        case "reject":
            return "reject"
        case _:
            return f"{each.action.replace('_', ' ')} {each.decision}" if several else each.action.replace("_", " ")


def after_words(matter: Matter, each: Consequence) -> str:
    """What follows from an answer."""
    if each.closes:
        return "the case is closed; nothing is made, nothing goes out"
    parts = [f"made again: {_sent(matter, each.remakes)}"] if each.remakes else []
    parts += [f"made: {_sent(matter, each.makes)}"] if each.makes else []
    parts += [f"asked about if it changes: {', '.join(each.unconfirmed)}"] if each.unconfirmed else []
    parts += [f"still open: {len(each.asks)} question{'s' if len(each.asks) > 1 else ''}"] if each.asks else []
    return "; ".join(parts) or "nothing is made again"


def channels(matter: Matter, names: Iterable[str]) -> str:
    """What decisions of these names go out by; empty where nothing does, as in a what-if."""
    workflow = matter.known.workflow
    if workflow is None or matter.story.run.origin:
        return ""
    made = set(names)
    return ", ".join(effect.channel for effect in workflow.effects if effect.decision.__name__ in made)


def _sent(matter: Matter, names: Sequence[str]) -> str:
    """Decisions by name, with what goes out of them."""
    out = channels(matter, names)
    return f"{', '.join(names)}{f', which goes out ({out})' if out else ''}"
