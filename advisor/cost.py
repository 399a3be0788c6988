"""What calls to a language model cost: dated prices times counts that do not overlap.

A price that is not known makes a cost unknown, which is ``None`` and never 0; a sum with one unknown part is
unknown as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic resolves annotations at run time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.content import content_path
from advisor.errors import PriceError
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MILLION = Decimal(1_000_000)

_Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, strict=False)]


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs at a provider, in US dollars per million tokens."""

    model: str
    provider: str
    input: Decimal
    """Of tokens sent that the server had not kept."""
    cached_input: Decimal
    """Of tokens sent that it had kept."""
    output: Decimal
    """Of tokens answered, hidden reasoning included."""
    read: date
    """The day on which the price was read; it is an assumption since."""
    seen: str
    """The page that reported it."""
    source: str
    """The provider's own page, where to look it up now."""
    note: str
    """What else to know, or nothing."""

    def cost_usd(self, *, uncached_input: int, cached_input: int, output: int) -> Decimal:
        """US dollars for so many tokens of each kind; the counts must not overlap."""
        total = self.input * uncached_input + self.cached_input * cached_input + self.output * output
        return total / MILLION


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Model(_Strict):
    names: Annotated[list[str], Field(min_length=1)]
    read: date
    seen: str
    input: _Amount
    cached_input: _Amount
    output: _Amount
    note: str = ""


class _Provider(_Strict):
    name: str
    hosts: Annotated[list[str], Field(min_length=1)]
    source: str
    models: list[_Model]


class _File(_Strict):
    format: Literal[1]
    currency: Literal["USD"]
    unit: Literal["per million tokens"]
    providers: list[_Provider]


def load_prices(path: Path | None = None) -> dict[tuple[str, str], Price]:
    """Host and model → price.

    Args:
        path: the file; the shipped one when ``None``.

    Raises:
        PriceError: with one line for every fault: a wrong form, a model that is priced twice.
    """
    path = path or content_path("knowledge", "prices.yaml")
    try:
        entries = _File.model_validate(parse_yaml(path.read_bytes()))
    except (OSError, yaml.YAMLError, RecursionError) as error:
        message = f"the price file {path.name!r} cannot be read: {error}"
        raise PriceError(message) from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
        raise _price_error(path, faults) from error
    prices: dict[tuple[str, str], Price] = {}
    twice = []
    for host, price in _priced(entries):
        if (host, price.model) in prices:
            twice.append(f"{price.provider}: {price.model!r} is priced twice")
        prices[host, price.model] = price
    if twice:
        raise _price_error(path, twice)
    return prices


def _priced(entries: _File) -> Iterable[tuple[str, Price]]:
    for provider in entries.providers:
        for model in provider.models:
            for name in model.names:
                price = Price(
                    name,
                    provider.name,
                    model.input,
                    model.cached_input,
                    model.output,
                    model.read,
                    model.seen,
                    provider.source,
                    model.note,
                )
                yield from ((host, price) for host in provider.hosts)


def _price_error(path: Path, faults: list[str]) -> PriceError:
    listed = "\n".join(f"  - {fault}" for fault in faults)
    return PriceError(f"the price file {path.name!r} has {len(faults)} fault(s):\n{listed}")


@cache
def _shipped() -> dict[tuple[str, str], Price]:
    return load_prices()


def price_of(model: str, base_url: str) -> Price | None:
    """The price of a model as it was configured, at that server; ``None`` where it is unknown.

    A model's name alone says nothing of its price: a local server may use any name, and Azure bills otherwise.
    """
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return None
    return _shipped().get((host, model))


def total_usd(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; unknown as soon as one part is."""
    total = Decimal(0)
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total
