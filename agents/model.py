"""Chat models as specialists: the model of any OpenAI-compatible server, behind the same contract as a rule."""

import hashlib
import json
import os
import re
import warnings
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from agents.brief import Brief
from agents.chat.answer import Seat
from agents.chat.chat import Ability, Chat
from agents.chat.confidence import weighed_field
from agents.chat.limits import Limits
from agents.chat.price import Prices
from agents.chat.schema import AnswerSchema, OwnAnswer, answer_schema, filled_fields, filled_type
from agents.chat.turn import Turn
from agents.handoff import Handoff
from agents.making import Making, Retry
from agents.tools.tool import Tool
from state.decision import Decision
from state.errors import ModelTrouble, UnusableModel
from state.retry_after import pause

__all__ = ["Ability", "Brief", "Chat", "Limits", "ModelSpecialist", "chat_model"]

PATIENT = Retry(tries=4, pause=0.5, longest_pause=20.0)
"""How often a call that fails is made again, where the server says nothing about it."""


_KEY = re.compile(r"\b(?:sk|pk|key|api)[-_][\w*-]{6,}", re.IGNORECASE)
"""What looks like a key in what a server says."""


@dataclass(frozen=True)
class ModelSpecialist:
    """A specialist that is a chat model.

    It is shown the handoff and nothing else, and what it answers is held to the decision's contract: an answer that
    breaks it goes back once with what is wrong, and is then a failure, which is a question to a human.

    ``ModelSpecialist(name="analyst", decides=LeadScore, instructions="Score …", model=chat_model("gpt-5-mini"))``
    """

    name: str
    decides: type[Decision]
    instructions: str | Brief
    """How to decide; a :class:`Brief` says besides what it is shown and which part of the decision it fills."""
    model: Chat | str
    """A name stands for that model on the server of the settings; of the environment, for a graph without them."""
    needs: tuple[type[Decision], ...] = ()
    may: tuple[OwnAnswer, ...] = ()
    """What it may answer in place of a decision: ``ask`` upstream, ``escalate`` to a person."""
    samples: int = 1
    """How many answers are compared where the server gives no probabilities of tokens; 1 compares none."""
    tools: tuple[Tool, ...] = ()
    """What it may look things up with; what is found is evidence on the decision."""
    limits: Limits = field(default_factory=Limits)
    retry: Retry = PATIENT
    """How often a call is made again that failed in a way that passes."""
    attempts: int = 4
    declared: str = "1"
    """Part of the version: change it when it may decide otherwise for a reason that stands nowhere else."""

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ValueError(f"ModelSpecialist(samples={self.samples!r}): at least one answer is needed.")
        unknown = sorted(set(filled_fields(self.decides, self.brief)).difference(self.decides.model_fields))
        if unknown:
            raise ValueError(f"ModelSpecialist {self.name!r}: {self.decides.__name__} has no field {unknown[0]!r}.")

    @cached_property
    def brief(self) -> Brief:
        """What it is told."""
        return self.instructions if isinstance(self.instructions, Brief) else Brief(self.instructions)

    @cached_property
    def chat(self) -> Chat:
        """Whom it asks."""
        return chat_model(self.model) if isinstance(self.model, str) else self.model

    def bound(self, chat: Chat) -> "ModelSpecialist":
        """The same, asking this chat."""
        return replace(self, model=chat)

    @cached_property
    def version(self) -> str:
        """Of all that decides what it answers: the model, what it is told and shown, and its tools."""
        brief = self.brief
        told = [brief.instructions, brief.sees, brief.fills, sorted(brief.choices.items()), brief.weighed]
        about = [told, self.may, self.samples, [tool.name for tool in self.tools], self.limits.longest]
        digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]
        model = self.model if isinstance(self.model, str) else self.model.name
        return f"{self.declared} {model} {digest}"

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Ask the model, and hold its answer to the contract."""
        seat = Seat(self.name, self.decides, self.brief, self._filled, handoff)
        schema = self._schema(frozenset(decision.__name__ for decision in handoff.may_ask))
        return await Turn(self, seat, schema, self._weighed, ready_at).made()

    @cached_property
    def _filled(self) -> type[BaseModel]:
        return filled_type(self.decides, self.brief)

    @cached_property
    def _weighed(self) -> str | None:
        return weighed_field(self._filled, self.brief)

    @cached_property
    def _schemas(self) -> dict[frozenset[str], AnswerSchema]:
        return {}

    def _schema(self, ask: frozenset[str]) -> AnswerSchema:
        if ask not in self._schemas:
            self._schemas[ask] = answer_schema(self._filled, self.may, ask)
        return self._schemas[ask]


def chat_model(
    name: str,
    *,
    base_url: str | None = None,
    api_key: SecretStr | None = None,
    timeout: float = 60.0,
    at_once: int = 64,
    prices: Prices | None = None,
    ability: Ability | None = None,
) -> Chat:
    """A chat model of an OpenAI-compatible server, to be opened at its first call.

    What is None comes from the environment, ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``; without the first it is
    OpenAI's own server, and without the second a server of one's own is called without a key. ``timeout`` is that of
    one call, in seconds. Raises ``UnusableModel`` for OpenAI without a key, or a URL that is none.
    """
    base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
    api_key = api_key or SecretStr(os.environ.get("OPENAI_API_KEY", ""))
    where = _place(name, base_url)
    key = api_key.get_secret_value().strip()
    if not key and base_url is None:
        raise UnusableModel(name, "there is no key. Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.")
    if not key.isascii() or not key.isprintable():
        raise UnusableModel(name, "the key in OPENAI_API_KEY holds characters that no key has.")

    def open_line() -> "_OpenAILine":
        return _OpenAILine(name, base_url, key or "none", where, timeout, at_once)

    return Chat(name, open_line, prices=prices, at_once=at_once, ability=ability)


class _OpenAILine:
    """A connection to an OpenAI-compatible server, by langchain-openai."""

    def __init__(self, name: str, base_url: str | None, key: str, where: str, timeout: float, at_once: int) -> None:
        # what langchain-openai says there, a call's own trouble says better
        warnings.filterwarnings("ignore", message=".*structured output", module="langchain_openai")
        self._name, self._key, self._where, self._timeout = name, key, where, timeout
        connections = httpx2.Limits(max_connections=at_once + 1, max_keepalive_connections=at_once + 1)
        self._http = httpx2.AsyncClient(timeout=timeout, limits=connections)
        self.model = ChatOpenAI(
            model=name,
            base_url=base_url,
            api_key=SecretStr(key),
            timeout=timeout,
            max_retries=0,
            stream_usage=True,
            use_responses_api=False,
            http_async_client=self._http,
        )

    def told(self, schema: AnswerSchema) -> dict[str, Any]:
        """The protocol's ``response_format``, past the client's own reading of it, which loses what is cut off."""
        return {"extra_body": {"response_format": schema.response_format}}

    async def check(self) -> None:
        """Look for the model in the server's list; where it is not there, a call of one token tells."""
        client: openai.AsyncOpenAI = self.model.root_async_client
        try:
            if any(each.id == self._name for each in (await client.models.list()).data):
                return
        except openai.APIStatusError as refused:
            if refused.status_code in (401, 403) or refused.status_code >= 500:
                raise self.trouble(refused) from None
        except Exception as raised:
            raise self.trouble(raised) from None
        try:
            await client.chat.completions.create(
                model=self._name, messages=[{"role": "user", "content": "ok"}], max_completion_tokens=1
            )
        except Exception as raised:
            trouble = self.trouble(raised)
            if trouble.kind not in ("request", "rate_limit"):
                raise trouble from None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    def trouble(self, raised: Exception) -> ModelTrouble:
        """What an exception amounts to. What the server says is passed on without the key."""
        at = f"the model server at {self._where}"
        match raised:
            case ModelTrouble():
                return raised
            case openai.APITimeoutError():
                return ModelTrouble("timeout", f"{at} did not answer within {self._timeout:g} s")
            case openai.APIConnectionError():
                return ModelTrouble("unreachable", f"{at} cannot be reached; see whether it runs, and OPENAI_BASE_URL")
            case openai.APIStatusError():
                return self._refused(raised, at)
            case _:
                said = self._without_key(f"{type(raised).__name__}: {raised}")
                return ModelTrouble("server", f"{at} answered what cannot be read ({said})")

    def _refused(self, raised: openai.APIStatusError, at: str) -> ModelTrouble:
        said = self._without_key(_message(raised))
        match raised.status_code:
            case 401 | 403:
                return ModelTrouble("key", f"{at} refused the key (status {raised.status_code}); see OPENAI_API_KEY")
            case 404:
                return ModelTrouble("model", f"{at} has no model {self._name!r}, or OPENAI_BASE_URL lacks its /v1")
            case 429 if getattr(raised, "code", None) == "insufficient_quota":
                return ModelTrouble("key", f"{at} says that the quota is used up: {said}")
            case 429:
                seconds = pause(raised.response.headers.get("retry-after"), datetime.now(UTC))
                return ModelTrouble("rate_limit", f"{at} has its hands full (status 429)", seconds)
            case status if status >= 500 or status in (408, 409):
                seconds = pause(raised.response.headers.get("retry-after"), datetime.now(UTC))
                return ModelTrouble("server", f"{at} failed (status {status}): {said}", seconds)
            case status:
                return ModelTrouble("request", f"{at} does not take the request (status {status}): {said}")

    def _without_key(self, text: str) -> str:
        """The text in one line, without the key or what looks like one."""
        return _KEY.sub("[key]", " ".join(text.split()).replace(self._key, "[key]"))[:500]


def _message(raised: openai.APIStatusError) -> str:
    """What the server says, in the forms that servers have for it."""
    body = raised.body
    inner = body.get("error", body) if isinstance(body, dict) else None
    said = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
    return said if isinstance(said, str) else raised.message


def _place(name: str, base_url: str | None) -> str:
    """The host that a server's URL names, without what may be secret in it."""
    if base_url is None:
        return "api.openai.com"
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = None, None, None
    if parts is None or parts.scheme not in ("http", "https") or not host:
        raise UnusableModel(name, "OPENAI_BASE_URL is not an address such as 'http://127.0.0.1:8000/v1'.")
    return f"{host}:{port}" if port else host
