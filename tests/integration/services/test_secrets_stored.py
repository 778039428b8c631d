"""Secrets in the database, and in the memory of several processes."""

from __future__ import annotations

import asyncio
import base64
import os
import uuid
from collections.abc import AsyncIterator

import pytest

from tiercel.bus import Bus
from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.services.encryption import Cipher
from tiercel.services.secret_book import SecretBook
from tiercel.services.secrets import Secrets
from tiercel.store import Store


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    made = await Bus.connect(bus_url, prefix=f"s{uuid.uuid4().hex[:8]}")
    yield made
    await made.close()


async def test_another_key_takes_over(store: Store, bus: Bus) -> None:
    old, new = new_key(), new_key()
    await Secrets(store, bus, Cipher(old), SecretBook()).set("a", "K", "value")
    book = SecretBook()
    await Secrets(store, bus, Cipher(new, [old]), book).start()
    assert book.find("k", "a") == "value"
    await Secrets(store, bus, Cipher(new), book).start()
    assert book.find("k", "a") == "value"
    await Secrets(store, bus, Cipher(old), book).start()
    with pytest.raises(IllegalArgumentError, match="can't be decrypted"):
        book.find("k", "a")


async def test_a_row_that_was_moved_is_not_read(store: Store, bus: Bus) -> None:
    book = SecretBook()
    secrets = Secrets(store, bus, Cipher(new_key()), book)
    await secrets.set("a", "K", "value")
    [row] = await secrets.everywhere()
    await store.secrets.set("b", "K", row.value)
    await secrets.follower.load()
    assert book.find("K", "a") == "value"
    with pytest.raises(IllegalArgumentError, match="can't be decrypted"):
        book.find("K", "b")


async def test_other_processes_hear_of_a_change(store: Store, bus: Bus) -> None:
    cipher, book = Cipher(new_key()), SecretBook()
    here, there = Secrets(store, bus, cipher, SecretBook()), Secrets(store, bus, cipher, book)
    following = asyncio.create_task(there.follower.run())
    try:
        async with asyncio.timeout(60):
            for value in ("one", "two"):
                await here.set("a", "K", value)
                while book.find("K", "a") != value:
                    await asyncio.sleep(0.01)
            await here.delete("a", "K")
            while book.find("K", "a") is not None:
                await asyncio.sleep(0.01)
    finally:
        await there.follower.stop()
        await following


async def test_many_secrets_come_in_parts(store: Store, bus: Bus) -> None:
    secrets = Secrets(store, bus, Cipher(new_key()), SecretBook())
    for number in range(6):
        await secrets.set("a", f"K{number}", "x" * 200_000)
    first = await secrets.answer({})
    rest = await secrets.answer({"from": first["next"]})
    assert (len(first["secrets"]), len(rest["secrets"]), rest["next"]) == (3, 3, None)


async def test_what_is_not_there_is_not_deleted(store: Store, bus: Bus) -> None:
    secrets = Secrets(store, bus, Cipher(new_key()), SecretBook(), ["ENV_KEY"])
    with pytest.raises(NotFoundError) as refused:
        await secrets.delete("a", "env_key")
    assert "SECRET_ENV_KEY" in refused.value.hint
