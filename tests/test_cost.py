"""Costs are exact sums of dated prices; what is unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from advisor.cost import load_prices, price_of, total_usd
from advisor.errors import PriceError

if TYPE_CHECKING:
    from pathlib import Path

OPENAI = "https://api.openai.com/v1"

GOOD = """\
format: 1
currency: USD
unit: per million tokens
providers:
  - name: Us
    hosts: [llm.example]
    source: https://llm.example/prices
    models:
      - {names: [small, small-1], read: 2026-11-01, seen: "https://x", input: "0.10", cached_input: "0.01", output: "0.30"}
"""


def test_a_cost_is_the_exact_sum_of_counts_that_do_not_overlap() -> None:
    price = price_of("gpt-4o-mini", OPENAI)
    assert price is not None

    # 1,000 at 0.15, 3,000 at 0.075, 200 at 0.60, per million: no binary fraction
    cost = price.cost_usd(uncached_input=1000, cached_input=3000, output=200)
    assert cost == Decimal("0.000495")
    assert price.cost_usd(uncached_input=0, cached_input=0, output=0) == 0


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("no-such-model", OPENAI),
        ("gpt-4o-mini", "http://127.0.0.1:11434/v1"),  # whatever runs there under that name
        ("gpt-4o-mini", "https://mine.openai.azure.com/openai/v1/"),
        ("gpt-4o-2024-05-13", OPENAI),  # this snapshot costs twice as much as the name without a date
        ("gpt-4o-mini", "http://[broken"),
        ("gpt-4o-mini", ""),
    ],
)
def test_a_price_that_is_not_known_is_none(model: str, base_url: str) -> None:
    assert price_of(model, base_url) is None


def test_a_sum_with_an_unknown_part_is_unknown_and_never_zero() -> None:
    assert total_usd([Decimal("0.1"), Decimal("0.2")]) == Decimal("0.3")
    assert total_usd([Decimal("0.1"), None]) is None
    assert total_usd([]) == 0


def test_every_shipped_price_is_dated_has_a_source_and_costs_less_where_it_was_kept() -> None:
    prices = load_prices()

    assert prices
    for price in prices.values():
        assert price.read.year >= 2026
        assert price.source.startswith("https://")
        assert price.seen.startswith("https://")
        assert 0 < price.cached_input < price.input < price.output


def test_a_snapshot_costs_what_its_model_costs(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(GOOD, encoding="utf-8")
    prices = load_prices(file)

    assert prices["llm.example", "small"].input == prices["llm.example", "small-1"].input == Decimal("0.10")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"0.10"', '"-1"', "providers.0.models.0.input"),
        ('"0.10"', '"much"', "providers.0.models.0.input"),
        ('"0.10"', '".inf"', "providers.0.models.0.input"),
        ("USD", "EUR", "currency"),
        ("per million tokens", "per thousand tokens", "unit"),
        ("read: 2026-11-01, ", "", "providers.0.models.0.read"),
        ("output:", "outputs:", "providers.0.models.0.outputs"),
        ("[small, small-1]", "[small, small]", "'small' is priced twice"),
        ("format: 1", "format: [", "cannot be read"),
        (GOOD, "", "the file"),
    ],
)
def test_a_price_file_that_is_wrong_is_refused_with_the_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(PriceError, match=r"the price file 'prices\.yaml'") as caught:
        load_prices(file)

    assert told in str(caught.value)


def test_a_missing_price_file_is_told() -> None:
    from pathlib import Path

    with pytest.raises(PriceError, match="cannot be read"):
        load_prices(Path("nowhere.yaml"))
