"""Mail: parcels go to people by SMTP, which cannot tell a repeat from a new message.

A decision can name a receiver, and agents make decisions; so who gets mail is the settings' business alone. The name
is looked up there. An address is taken as it is only where the settings know it; anything else goes to the channel's
own recipients, who can pass it on.
"""

import asyncio
from collections.abc import Mapping

from runtime.channels.address import mailboxes
from runtime.channels.channel import Failed, Outcome, Refused
from runtime.channels.letter import letter
from runtime.channels.mail_server import MailServer
from runtime.channels.smtp import Dialogue
from runtime.channels.words import one_line
from state.effect import Parcel
from state.errors import UsageError


class MailChannel:
    """Sends parcels by one mail server, each over a connection of its own."""

    tells_repeats_apart = False

    def __init__(self, server: MailServer, recipients: Mapping[str, str]) -> None:
        """``recipients`` maps the names of receivers to addresses. Raises ``UsageError`` for what is no address."""
        self._server = server
        self._recipients = {name.casefold(): _addresses(name, text) for name, text in recipients.items()}
        known = {*server.recipients, *(each for addresses in self._recipients.values() for each in addresses)}
        self._known = {address.casefold(): (address,) for address in known}

    async def send(self, parcel: Parcel) -> Outcome:
        """Hand in one mail; the receipt is what the server said."""
        recipients = self._recipients_of(parcel.message.to)
        if not recipients:
            return Refused(
                f"No address is known for {one_line(parcel.message.to or '')!r}. Name it in ROUNDHOUSE_RECIPIENTS, "
                "or give the channel's URL a 'to='."
            )
        dialogue = Dialogue(self._server)
        work = asyncio.get_running_loop().run_in_executor(None, self._hand_in, dialogue, parcel, recipients)
        try:
            async with asyncio.timeout(self._server.timeout):
                return await asyncio.shield(work)
        except TimeoutError:
            if dialogue.cut_off():
                # The thread knows more: the server's last word may have come in this very moment.
                return await work
            return Failed(f"{self._server.host} did not take the message in {self._server.timeout:g} seconds.")
        finally:
            dialogue.cut_off()

    async def close(self) -> None:
        """Nothing is held open between two mails."""

    def _hand_in(self, dialogue: Dialogue, parcel: Parcel, recipients: tuple[str, ...]) -> Outcome:
        mail = letter(parcel, self._server.sender, recipients, self._server.domain)
        return dialogue.hand_in(mail, recipients)

    def _recipients_of(self, receiver: str | None) -> tuple[str, ...]:
        name = (receiver or "").strip().casefold()
        return self._recipients.get(name) or self._known.get(name) or self._server.recipients


def _addresses(name: str, text: str) -> tuple[str, ...]:
    try:
        found = mailboxes(text)
    except ValueError:
        found = ()
    if not found:
        raise UsageError(f"ROUNDHOUSE_RECIPIENTS gives {name!r} no plain address, such as ann@example.org")
    return found
