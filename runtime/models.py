"""The models: every chat model that runs may call, each opened once, with the budgets and whoever listens."""

from typing import TYPE_CHECKING

from agents.chat.chat import Chat, closing
from agents.chat.purse import Account, Budget, Purse
from agents.chat.session import Listener, Session, current_session
from graphs.staffing import chats_of
from graphs.workflow import Workflow
from state.errors import ModelTrouble, UnusableModel
from state.execution import Execution
from state.progress import Progress
from state.staffing import Staffing

if TYPE_CHECKING:
    from runtime.settings import Settings


class Models:
    """Chat models by name, on the server of the settings. Without settings there are none, and rules have all seats."""

    def __init__(self, settings: "Settings | None" = None, listener: Listener | None = None) -> None:
        self.listener = listener
        self.staffing = settings.staffing if settings else Staffing()
        self.case_budget = settings.case_budget if settings else Budget()
        self.batch_budget = settings.batch_budget if settings else Budget()
        self._settings = settings
        self._chats: dict[str, Chat] = {}

    def chat(self, name: str) -> Chat:
        """The chat with a model. Raises ``UnusableModel`` where there is no key for it, or no server."""
        if name not in self._chats:
            # several threads may ask for it: they get the same
            self._chats.setdefault(name, self._made(name))
        return self._chats[name]

    def session(self, run: str, progress: Progress, sends_back: bool) -> Session:
        """What a run's models have at hand, beside what its batch gave it.

        Against the case's budget counts what was spent since a person last sent a decision back, or all.
        """
        account = Account("case", self.case_budget)
        account.charge(() if sends_back else since_sent_back(progress))
        around = current_session()
        return Session(Purse((*around.purse.accounts, account)), around.listener or self.listener, run)

    async def check(self, workflow: Workflow) -> list[str]:
        """Raise ``UnusableModel``, one line, where a model that the workflow calls cannot be used.

        A server that does not answer is nothing to stop at where somebody takes over; that is returned, in words.
        """
        notices = []
        seen: dict[Chat, bool] = {}
        for chat, has_fallback in chats_of(workflow):
            seen[chat] = seen.get(chat, True) and has_fallback
        for chat, has_fallback in seen.items():
            self._check_price(chat)
            try:
                await chat.check()
            except ModelTrouble as trouble:
                if not has_fallback:
                    raise UnusableModel(chat.name, f"{trouble}.") from None
                notices.append(f"Chat model {chat.name!r}: {trouble}. The fallback takes over.")
        return notices

    def outage(self, workflow: Workflow) -> str | None:
        """Why a model that the workflow calls, and nobody takes over for, is down; None where none is."""
        down = (chat.outage for chat, has_fallback in chats_of(workflow) if not has_fallback)
        return next((words for words in down if words is not None), None)

    async def close(self) -> None:
        """Let go of all connections."""
        async with closing(list(self._chats.values())):
            pass

    def _made(self, name: str) -> Chat:
        # imported here: the client takes a second, which runs on rules need not wait for
        from agents.chat.price import Prices, read_prices
        from agents.model import chat_model

        chosen = self._settings
        if chosen is None:
            raise UnusableModel(name, "no server is set. Set OPENAI_API_KEY, or OPENAI_BASE_URL for one of your own.")
        return chat_model(
            name,
            base_url=chosen.openai_base_url,
            api_key=chosen.openai_api_key,
            timeout=chosen.model_timeout,
            at_once=chosen.model_calls_at_once,
            prices=read_prices(chosen.prices) if chosen.prices else Prices(),
        )

    def _check_price(self, chat: Chat) -> None:
        if self.case_budget.money is None and self.batch_budget.money is None:
            return
        if not chat.is_priced:
            raise UnusableModel(
                chat.name,
                "nobody knows its price, and a budget of money is set. Put the price into the file that "
                "ROUNDHOUSE_PRICES names, or set a budget of calls or tokens.",
            )


def since_sent_back(progress: Progress) -> list[Execution]:
    """The executions since a person last sent a decision back; all where nobody did. Pure."""
    granted = [answered.at for answered in progress.answers if answered.answer.action == "send_back"]
    return [each for each in progress.executions if not granted or each.started_at >= granted[-1]]
