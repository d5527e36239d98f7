"""What the bot counts of itself, for Prometheus. Nothing in it is of a person: no ids, no names, no texts."""

from __future__ import annotations

import logging

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from retrieval.models import Answer, Timings

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The bot's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"embassy_bot_{name}", about, labels, registry=self.registry)

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"embassy_bot_{name}", about, labels, registry=self.registry)

        def histogram(name: str, about: str, *labels: str) -> Histogram:
            return Histogram(f"embassy_bot_{name}", about, labels, registry=self.registry, buckets=SECONDS)

        self.questions = counter("questions", "Questions answered", "verdict", "way")
        self.stages = histogram("answer_seconds", "Seconds that each stage of an answer took", "stage")
        self.waiting = gauge("waiting", "Questions and answers that wait or are under way", "queue")
        self.cooldowns = counter("cooldowns", "Questions that a user or a channel was told to wait with")
        self.rate_limits = counter("discord_rate_limits", "Requests that Discord answered with 429")
        self.errors = counter("errors", "Failures in the log, by their kind", "kind")
        self.index_version = gauge("index_version", "The version of the index that answers; 0 where none does")
        self.index_age = gauge("index_age_seconds", "How long ago it was made")
        self.index_articles = gauge("index_articles", "Articles in it")
        self.index_passages = gauge("index_passages", "Passages in it")
        self.model_answers = counter(
            "model_answers", "Answers a language model was asked for, by what came of it", "outcome"
        )
        self.model_sentences = counter("model_sentences", "Sentences that it wrote", "outcome")
        self.model_tokens = gauge("model_tokens_today", "Tokens that it took and gave today (UTC)", "kind")
        self.model_calls = gauge("model_calls_today", "How often it was asked today (UTC)")
        self.ready = gauge("ready", "Whether all is there to answer", "part")

    def answered(self, answer: Answer, way: str) -> None:
        """Count a question, and how long its stages took."""
        self.questions.labels(answer.verdict.value, way).inc()
        times: Timings = answer.timings
        for stage in ("embed", "search", "answer", "total"):
            self.stages.labels(stage).observe(getattr(times, stage) / 1000)

    def written(self, answer: Answer) -> None:
        """Count an answer that a language model was asked for."""
        outcome = "written" if answer.is_written else "failed" if answer.degraded else "left"
        self.model_answers.labels(outcome).inc()
        self.model_sentences.labels("kept").inc(len(answer.statements) - answer.left_out)
        self.model_sentences.labels("left_out").inc(answer.left_out)
        self.stages.labels("written").observe(answer.timings.total / 1000)

    def text(self) -> bytes:
        """Return them in Prometheus's text format."""
        return generate_latest(self.registry)


class CountingErrors(logging.Handler):
    """Counts the failures that are logged."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.ERROR)
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        kind = record.exc_info[0] if record.exc_info else None
        self._metrics.errors.labels(kind.__name__ if kind else "other").inc()
