"""Make the sample: invented leads of an invented maker of workshop software, with outcomes.

No lead, company or figure in it is real. Every lead has what it told us (``role = "client"`` in the profile ``sample``)
and public figures of its sector and month (``role = "context"``). Whether it converts is drawn from both. The same seed
makes the same leads.

    python data/make_leads.py                                                  # the 500 leads of data/leads.csv
    python data/make_leads.py --count 5000 --seed 2 --out training.csv         # others, to fit on
    roundhouse fit sample training.csv
"""

import argparse
import csv
import math
import random
from pathlib import Path

HERE = Path(__file__).parent

SEED = 1
"""Of the 500 leads of ``leads.csv``; the scorecards of the profile are fitted on leads of another seed."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
COUNTRIES = {"AT": 0.1, "BE": 0.0, "CH": 0.3, "DE": 0.2, "DK": 0.1, "FR": -0.2, "IT": -0.2, "NL": 0.1, "PL": 0.0}
INDUSTRIES = {"automotive": 0.3, "chemicals": -0.1, "food": -0.2, "logistics": 0.2, "machinery": 0.4, "textiles": -0.6}
ROLES = {"assistant": -0.8, "engineer": -0.1, "manager": 0.3, "director": 0.6}
CHANNELS = {"cold list": -0.9, "web form": 0.0, "trade fair": 0.4, "referral": 1.1}
PRODUCTS = {"planning": 0.1, "maintenance": 0.0, "analytics": -0.2}
FIRST = (
    "Bram",
    "Cor",
    "Del",
    "Fen",
    "Gar",
    "Hol",
    "Jur",
    "Kel",
    "Lun",
    "Mor",
    "Nor",
    "Oss",
    "Pel",
    "Quin",
    "Ros",
    "Tal",
)
LAST = (
    "aveno",
    "berica",
    "dano",
    "egga",
    "field",
    "hurst",
    "ikon",
    "lund",
    "mara",
    "nova",
    "quell",
    "stad",
    "tiva",
    "velt",
)
TRADE = {
    "automotive": "Axles",
    "chemicals": "Coatings",
    "food": "Mills",
    "logistics": "Freight",
    "machinery": "Tools",
    "textiles": "Weaving",
}

Lead = dict[str, str | int | float]


def make_leads(count: int, seed: int) -> list[Lead]:
    """That many leads. An empty text is a missing value, and 999 days mean "never contacted"."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample, not a secret
    return [_lead(chance, place) for place in range(1, count + 1)]


def _lead(chance: random.Random, place: int) -> Lead:
    client, odds = _client(chance)
    context, more = _context(chance, str(client["industry"]))
    converted = chance.random() < 1 / (1 + math.exp(3.55 - odds - more))
    company = f"{chance.choice(FIRST)}{chance.choice(LAST)} {TRADE[str(client['industry'])]}"
    return {
        "lead_id": f"L-{place:05d}",
        "company": company,
        **client,
        **context,
        "converted": "yes" if converted else "no",
    }


def _client(chance: random.Random) -> tuple[Lead, float]:
    """What a lead told us and our own contacts with it, and what that adds to its log-odds."""
    words = {
        "country": COUNTRIES,
        "industry": INDUSTRIES,
        "contact_role": ROLES,
        "channel": CHANNELS,
        "product": PRODUCTS,
    }
    chosen: Lead = {column: chance.choice(list(options)) for column, options in words.items()}
    odds = sum(options[str(chosen[column])] for column, options in words.items())
    employees = round(math.exp(chance.gauss(4.3, 1.3))) + 1
    budget = round(max(1.0, employees * chance.lognormvariate(-0.6, 0.8)), 1)
    visits = min(40, int(chance.expovariate(0.22)))
    days, outcome = _history(chance)
    odds += 0.25 * (math.log(employees) - 4.3) + 0.35 * math.log(budget / employees + 0.05) + 0.09 * min(visits, 15)
    odds += {"none": 0.0, "lost": -0.3, "won": 1.3}[outcome] + (0.5 if days < 30 else 0.0)
    known = chance.random() > 0.2
    return chosen | {
        "employees": employees if chance.random() > 0.04 else "",
        "budget": budget if known else "unknown",
        "visits": visits,
        "days_since_contact": days,
        "previous_outcome": outcome,
    }, odds


def _history(chance: random.Random) -> tuple[int, str]:
    if chance.random() < 0.65:
        return 999, "none"
    return chance.randint(2, 400), "won" if chance.random() < 0.25 else "lost"


def _context(chance: random.Random, industry: str) -> tuple[Lead, float]:
    """Public figures of the sector and month, and of the company's vacancies, and what they add to the log-odds."""
    age = chance.randrange(24)
    sector = list(INDUSTRIES).index(industry)
    growth = round(1.5 + 3.5 * math.sin(age / 4 + sector), 1)
    climate = round(97 + 6 * math.cos(age / 6), 1)
    rate = round(1.2 + 0.14 * age, 2)
    insolvencies = round(42 - 1.6 * growth + 2 * rate, 0)
    vacancies = min(30, int(chance.expovariate(0.3)))
    odds = 0.28 * growth + 0.06 * (climate - 97) - 0.5 * (rate - 2.8) + 0.08 * min(vacancies, 12)
    figures: Lead = {
        "month": MONTHS[age % 12],
        "sector_growth": growth,
        "business_climate": climate,
        "lending_rate": rate,
        "insolvencies": int(insolvencies),
        "open_vacancies": vacancies,
    }
    return figures, odds


def write(leads: list[Lead], path: Path) -> None:
    """Write the leads as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(leads[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(leads)


def main() -> None:
    """Make the sample, or other leads as the options say."""
    options = argparse.ArgumentParser(description="Make invented leads.")
    options.add_argument("--count", type=int, default=500)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--out", type=Path, default=HERE / "leads.csv")
    given = options.parse_args()
    write(make_leads(given.count, given.seed), given.out)


if __name__ == "__main__":
    main()
