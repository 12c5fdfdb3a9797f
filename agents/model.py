"""Chat models as specialists: the model of any OpenAI-compatible server, behind the same contract as a rule."""

import asyncio
import os
import re
import warnings
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from langchain_core.messages import AIMessage, BaseMessage
from langchain_openai import ChatOpenAI
from langsmith.utils import tracing_is_enabled
from pydantic import SecretStr

from agents.brief import Brief
from agents.chat.chat import Chat
from agents.chat.limits import Limits
from agents.chat.line import Ability
from agents.chat.price import Prices
from agents.chat.schema import AnswerSchema
from agents.chat.specialist import ModelSpecialist
from agents.chat.transport import open_client
from state.errors import ModelTrouble, UnusableModel
from state.retry_after import pause

__all__ = ["Ability", "Brief", "Chat", "Limits", "ModelSpecialist", "chat_model"]

NO_KEY = "none"
"""What is sent to a server of one's own where no key is set: the client sends no call without any."""

_KEY = re.compile(r"\b(?:sk|pk|key|api)[-_][\w*-]{6,}", re.IGNORECASE)
"""What looks like a key in what a server says."""


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
    base_url = (base_url or os.environ.get("OPENAI_BASE_URL") or "").strip() or None
    api_key = api_key or SecretStr(os.environ.get("OPENAI_API_KEY", ""))
    where = _place(name, base_url)
    key = api_key.get_secret_value().strip()
    if not key and base_url is None:
        raise UnusableModel(name, "there is no key. Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.")
    if not key.isascii() or not key.isprintable():
        raise UnusableModel(name, "the key in OPENAI_API_KEY holds characters that no key has.")

    def open_line() -> "_OpenAILine":
        return _OpenAILine(name, base_url, key or NO_KEY, where, timeout, at_once)

    return Chat(name, open_line, prices=prices, at_once=at_once, ability=ability)


class _Client(ChatOpenAI):
    """The client, with a short way to an answer in one piece."""

    async def answered(self, messages: list[BaseMessage], options: Mapping[str, Any]) -> AIMessage:
        """The answer: what the client makes of messages is sent as it is, and what comes back is read as plain JSON.

        The long way, by callbacks and through models of each part and token, takes twice the processor time; it is
        taken where LangSmith is to trace the calls.
        """
        if tracing_is_enabled():
            return await self.ainvoke(messages, **options)
        payload = self._get_request_payload(messages, **options)
        body = payload | (payload.pop("extra_body", None) or {})
        client: openai.AsyncOpenAI = self.root_async_client
        answered = (await client.post("/chat/completions", cast_to=httpx2.Response, body=body)).json()
        [generation, *_] = self._create_chat_result(answered).generations
        message = generation.message
        assert isinstance(message, AIMessage)
        message.response_metadata = dict(generation.generation_info or {})
        message.additional_kwargs["refusal"] = answered["choices"][0]["message"].get("refusal")
        return message


class _OpenAILine:
    """A connection to an OpenAI-compatible server, by langchain-openai."""

    def __init__(self, name: str, base_url: str | None, key: str, where: str, timeout: float, at_once: int) -> None:
        # what langchain-openai says there, a call's own trouble says better
        warnings.filterwarnings("ignore", message=".*structured output", module="langchain_openai")
        self._name, self._key, self._where, self._timeout = name, key, where, timeout
        self._http = open_client(timeout, at_once)
        self.model = _Client(
            model=name,
            base_url=base_url,
            api_key=SecretStr(key),
            timeout=timeout,
            max_retries=0,
            stream_usage=True,
            use_responses_api=False,
            http_async_client=self._http,
        )

    def answered(self, messages: list[BaseMessage], options: Mapping[str, Any]) -> Awaitable[AIMessage]:
        """The answer in one piece."""
        return asyncio.wait_for(self.model.answered(messages, options), self._timeout)

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
            case openai.APITimeoutError() | TimeoutError():
                return ModelTrouble("timeout", f"{at} did not answer within {self._timeout:g} s")
            case openai.APIConnectionError():
                return ModelTrouble("unreachable", f"{at} cannot be reached; see whether it runs, and OPENAI_BASE_URL")
            case openai.APIStatusError():
                return self._refused(raised, at)
            case _:
                said = self._without_key(f"{type(raised).__name__}: {raised}")
                gist = f"{at} answered what cannot be read"
                return ModelTrouble("server", f"{gist} ({said})", gist=gist)

    def _refused(self, raised: openai.APIStatusError, at: str) -> ModelTrouble:
        said = self._without_key(_message(raised))
        match raised.status_code:
            case 401:
                did = "wants a key" if self._key == NO_KEY else "refused the key"
                return ModelTrouble("key", f"{at} {did} (status {raised.status_code}); see OPENAI_API_KEY")
            case 404:
                return ModelTrouble("model", f"{at} has no model {self._name!r}, or OPENAI_BASE_URL lacks its /v1")
            case 429 if getattr(raised, "code", None) == "insufficient_quota":
                gist = f"{at} says that the quota is used up"
                return ModelTrouble("key", f"{gist}: {said}", gist=gist)
            case 429:
                seconds = pause(raised.response.headers.get("retry-after"), datetime.now(UTC))
                return ModelTrouble("rate_limit", f"{at} has its hands full (status 429)", seconds)
            case status if status >= 500 or status in (408, 409):
                seconds = pause(raised.response.headers.get("retry-after"), datetime.now(UTC))
                gist = f"{at} failed (status {status})"
                return ModelTrouble("server", f"{gist}: {said}", seconds, gist)
            case status:
                return ModelTrouble("request", f"{at} does not take the request (status {status}): {said}")

    def _without_key(self, text: str) -> str:
        """The text in one line, without the key or what looks like one."""
        said = " ".join(text.split())
        return _KEY.sub("[key]", said if self._key == NO_KEY else said.replace(self._key, "[key]"))[:500]


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
        if not base_url.isprintable() or " " in base_url or "?" in base_url:
            raise ValueError
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = None, None, None
    if parts is None or parts.scheme not in ("http", "https") or not host:
        raise UnusableModel(name, "OPENAI_BASE_URL is not an address such as 'http://127.0.0.1:8000/v1'.")
    return f"{host}:{port}" if port else host
