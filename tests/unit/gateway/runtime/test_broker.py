from datetime import timedelta

from gateway.runtime.broker import compare
from schemas.topics import Topic, TopicKey


def topic(name: str, partitions: int = 12) -> Topic:
    return Topic(name, TopicKey.REALM, partitions, timedelta(days=1), "x", "y")


def test_what_is_as_it_should_be_makes_no_difference() -> None:
    difference = compare([topic("a"), topic("b", 3)], {"a": 12, "b": 3, "other": 1})
    assert not difference.missing
    assert not difference.wrong


def test_the_missing_and_the_wrong_are_named() -> None:
    difference = compare([topic("a"), topic("b")], {"b": 7})
    assert [one.name for one in difference.missing] == ["a"]
    assert list(difference.wrong) == ["b has 7 partitions, not 12"]
