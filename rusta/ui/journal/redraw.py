"""Changes of widgets that run to their end, also where the worker that asked for them is cancelled."""

import asyncio
from collections.abc import Awaitable


async def uncancelled(change: Awaitable[object]) -> None:
    """Await a change of widgets. A caller that is cancelled leaves, and the change goes on.

    Textual waits for a removed widget by gathering its message task. A cancelled wait cancels that task, and with it
    the wait of the app itself for the same task: its message loop ends, and the app takes no key any more.
    """

    async def whole() -> None:
        await change

    await asyncio.shield(asyncio.create_task(whole()))
