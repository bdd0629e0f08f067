"""The broker on the database: claims, leases, transactions."""

from __future__ import annotations

import asyncio

import pytest
from celery import current_app
from django.db import transaction

from hub.schedules import leases, messages
from hub.schedules.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = ["celery"]


def test_a_message_is_claimed_once_and_gone_when_acknowledged() -> None:
    messages.put("celery", "first")
    messages.put("celery", "second")
    (first,) = messages.claim(QUEUE, limit=1, owner="a")
    assert first.payload == "first"
    assert [message.payload for message in messages.claim(QUEUE, limit=9, owner="b")] == ["second"]
    assert messages.claim(QUEUE, limit=9, owner="c") == []
    messages.acknowledge(first.pk, owner="a")
    assert not Message.objects.filter(pk=first.pk).exists()


def test_a_message_of_a_killed_process_is_seen_again_when_its_lease_ends() -> None:
    messages.put("celery", "task")
    (claimed,) = messages.claim(QUEUE, limit=1, owner="killed")
    assert not messages.is_any_visible(QUEUE)
    Message.objects.update(visible_at=0.0)  # the lease has ended
    assert messages.is_any_visible(QUEUE)
    (again,) = messages.claim(QUEUE, limit=1, owner="other")
    messages.acknowledge(claimed.pk, owner="killed")  # too late: it is the other's
    assert Message.objects.filter(pk=again.pk, deliveries=2).exists()


def test_who_renews_keeps_it_and_who_gives_back_does_not() -> None:
    messages.put("celery", "task")
    (claimed,) = messages.claim(QUEUE, limit=1, owner="a")
    Message.objects.update(visible_at=0.0)
    messages.renew([claimed.pk], owner="a")
    assert not messages.is_any_visible(QUEUE)
    messages.give_back([claimed.pk], owner="a")
    assert messages.is_any_visible(QUEUE)


def test_a_message_that_kills_each_process_is_left_alone_in_the_end() -> None:
    messages.put("celery", "poison")
    Message.objects.update(deliveries=messages.MOST_DELIVERIES)
    assert messages.claim(QUEUE, limit=1, owner="a") == []
    assert Message.objects.count() == 1


def test_a_task_sent_in_a_rolled_back_transaction_was_never_sent() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        current_app.send_task("rolled.back")
        raise RuntimeError
    with transaction.atomic():
        current_app.send_task("committed")
    (left,) = Message.objects.all()
    assert '"committed"' in left.payload


def test_a_task_with_an_eta_is_not_claimed_before() -> None:
    current_app.send_task("later", countdown=60)
    assert Message.objects.count() == 1
    assert not messages.is_any_visible(QUEUE)


def test_async_code_can_send_tasks() -> None:
    async def send() -> None:
        current_app.send_task("from.a.loop")

    asyncio.run(send())
    assert Message.objects.count() == 1


def test_a_lease_has_one_owner_until_it_ends() -> None:
    assert leases.take("beat", "a", seconds=60)
    assert leases.take("beat", "a", seconds=60)
    assert not leases.take("beat", "b", seconds=60)
    assert leases.is_beat_alive()
    leases.give_up("beat", "a")
    assert not leases.is_beat_alive()
    assert leases.take("beat", "b", seconds=-1)  # ended at once
    assert leases.take("beat", "a", seconds=60)
