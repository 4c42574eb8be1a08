"""Secrets of API keys."""

from gateway.identity.secret import digest_of, looks_like_a_key, new_secret, shown_prefix


def test_a_secret_is_256_random_bits_that_scanners_can_find() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(one.startswith("llk_") and len(bytes.fromhex(one[4:])) == 32 for one in made)
    assert all(map(looks_like_a_key, made))


def test_what_is_stored_and_shown_does_not_tell_the_secret() -> None:
    secret = new_secret()
    assert len(digest_of(secret)) == 32
    assert digest_of(secret) != digest_of(secret[:-1])
    assert secret.startswith(shown_prefix(secret))
    assert len(shown_prefix(secret)) == len("llk_") + 8


def test_what_is_no_key_of_ours_is_worth_no_look_up() -> None:
    for said in ("", "llk_", new_secret()[:-1], new_secret() + "0", "é" * 68):
        assert not looks_like_a_key(said)
