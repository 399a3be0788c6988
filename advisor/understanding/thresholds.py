"""How sure the trained reader must be. All are differences of margins, chosen on the development cases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of `Reader`'s margins; a margin is about 1 for a clear case and -1 for a clear opposite."""

    told: float = 0.50
    """By so much a value must lead over "does not tell it", in a message that answers nothing."""
    told_beside: float = 0.60
    """The same beside an answer to another question."""
    told_beside_short: float = 1.20
    """The same beside a short answer, which hardly tells two things."""
    told_correcting: float = -0.10
    """The same where a correction is announced."""
    told_by_grammar: float = -0.40
    """The same where a recurrence or a rate was read as well."""
    answer: float = -0.90
    """By so much the best value of the asked fact may trail "is no answer"."""
    either: float = 0.08
    """Two values that lie closer than this are asked about."""
    contradicts: float = 0.80
    """By so much two values of one fact must both be told for them not to fit."""
    plain: float = 0.60
    """Added where an answer begins with a plain yes or no, or says that it is not known."""
    compared: float = 0.80
    """Added to what a comparison puts first."""
    elsewhere: float = 0.30
    """By so much another fact must be told where the asked one is not answered."""
    elsewhere_clearly: float = 0.90
    """The same where the asked one might be."""
    doubt: float = 0.35
    """An answer that leads by less is not read out of what is rather a move."""
    forced: float = -0.20
    """An answer that leads by less is only taken from what plainly answers or tells."""
    plainly: float = 0.60
    """By so much "answers or tells" must lead over every move for that."""
    move: float = 0.20
    """By so much a move must lead over "answers or tells" while a question is pending."""
    move_unasked: float = 0.0
    """The same while none is."""
    move_without_question: float = 0.50
    """The same for a move that asks something, in a message without a question's form."""
    rhetorical: float = 0.80
    """By so much "answers or tells" must lead for a question's form to be rhetoric."""
    topic: float = 0.40
    """Added to "asks about the topic" where RAG or fine-tuning is named."""
    steer: float = 0.0
    """The margin at which a message means to sum up, start over, or take back."""
    what_if: float = -1.00
    """By so much a value must lead for a what-if to be about it."""
    asks: float = 0.50
    """How far the article must cover a message that names its topic and tells nothing, for it to ask."""
    certain: float = 0.60
    """By so much an answer must lead for a language model not to be asked about it."""
