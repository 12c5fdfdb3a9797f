"""Answers that are not fit to be given are refused, and the question stays open for one that is."""

from tests.faults.children import ask, carry_on
from tests.faults.site import SECOND, Site
from tests.faults.unfit import UNFIT, give_unfit_answers


def test_an_unfit_answer_is_refused_and_the_question_stays_open(site: Site) -> None:
    [ticket] = tickets = site.tickets("unsure")
    site.children.run(ask, site.world, tickets)
    before = site.standing(ticket)
    assert before is not None
    child = site.children.run(give_unfit_answers, site.world, ticket)
    expected = [(name, refusal, before) for name, (refusal, _) in UNFIT.items()]
    assert child.said == expected
    site.tally("unfit answers").answers += len(UNFIT)
    site.children.run(carry_on, site.world, tickets, SECOND)
    assert site.judge("unfit answers", ticket, before) == []
