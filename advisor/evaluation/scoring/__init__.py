"""One function a suite, from a record to counts; `advisor.evaluation.scorers` lists them."""
