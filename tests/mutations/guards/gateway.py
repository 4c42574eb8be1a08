"""Guards of the vault, the API, the logs, and what is wired."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a worker spreads its retries by chance",
        folder="gateway",
        old="        chance=random.random,",
        new="        chance=lambda: 0.0,",
        tests=("test_a_worker_that_is_wired_spreads_its_retries_by_chance",),
    ),
    Mutation(
        guard="a seal is bound to its purpose",
        folder="gateway",
        old='    return f"ledgerlane/1/{key_id}/{purpose}".encode()',
        new='    return f"ledgerlane/1/{key_id}/{len(key_id)}".encode()',
        tests=("test_it_does_not_open_for_another_purpose",),
    ),
    Mutation(
        guard="a key that was not made at random is refused",
        folder="gateway",
        old="    if len(set(key)) < _LEAST_DISTINCT_BYTES:",
        new="    if not key:",
        tests=("test_a_weak_key_is_refused_everywhere",),
        claims=("TOK-07",),
    ),
    Mutation(
        guard="the first key of the ring seals",
        folder="gateway",
        old="        self.key_id = keys[0].id",
        new="        self.key_id = keys[-1].id",
        tests=("test_an_older_key_opens_and_the_first_seals",),
    ),
    Mutation(
        guard="without a key there is nothing",
        folder="gateway",
        old="            if caller is None:",
        new="            if caller is None and not Headers(scope=scope).get('authorization'):",
        tests=("test_without_a_key_there_is_nothing",),
        claims=("TST-04",),
    ),
    Mutation(
        guard="a caller needs the scope of the route",
        folder="gateway/http",
        old="        if not caller.scopes & {self.scope, self.whole}:",
        new="        if not caller.scopes:",
        tests=("test_without_the_scope_a_route_is_refused_and_names_it",),
    ),
    Mutation(
        guard="another tenant is not there",
        folder="gateway/http",
        old="    if not caller.sees(tenant):",
        new="    if not caller.sees(tenant) and caller.tenant is None:",
        tests=("test_another_tenants_rows_are_not_there_for_a_tenants_key",),
    ),
    Mutation(
        guard="another tenant's task is not solved",
        folder="gateway/operations",
        old="    if tenant not in (None, owner):",
        new="    if owner is None:",
        tests=("test_another_tenants_rows_are_not_there_for_a_tenants_key",),
    ),
    Mutation(
        guard="a key that ended opens nothing",
        folder="gateway/identity",
        old=(
            'neither revoked nor expired."""\n'
            "        return self.revoked_at is None and now < self.expires_at"
        ),
        new='neither revoked nor expired."""\n        return bool(now)',
        tests=(
            "test_a_revoked_key_is_refused_within_seconds_and_at_once_elsewhere",
            "test_an_expired_key_is_refused_to_the_second",
        ),
    ),
    Mutation(
        guard="an entry of the trail depends on the one before it",
        folder="gateway/trail",
        old="[previous.hex(), seq, *astuple(entry)]",
        new="[seq, *astuple(entry)]",
        tests=("test_an_entry_whose_digest_was_made_anew_is_found_at_the_next_one",),
    ),
    Mutation(
        guard="the tail of a chain is missed",
        folder="gateway/trail",
        old="        if longest > self._last:",
        new="        if not self._last and longest:",
        tests=("test_what_is_taken_out_swapped_or_added_is_found_there",),
    ),
    Mutation(
        guard="a write is recorded before it is answered",
        folder="gateway/http",
        old='        if refused or scope["method"] not in _READS:',
        new="        if refused:",
        tests=("test_a_write_is_recorded_with_who_what_and_how_it_ended",),
    ),
    Mutation(
        guard="a token has no more scopes than its client",
        folder="gateway/identity",
        old="if scopes <= self.stored.scopes else None",
        new="if scopes else None",
        tests=("test_a_token_may_do_less_than_its_client_and_never_more",),
    ),
    Mutation(
        guard="a client revokes only its own tokens",
        folder="gateway/identity",
        old="        return self.stored.client_id == client.stored.id",
        new="        return bool(client)",
        tests=("test_a_client_revokes_its_own_token_and_no_other",),
    ),
    Mutation(
        guard="the tokens of a revoked client open nothing",
        folder="gateway/identity",
        old="func.coalesce(oauth_tokens.c.revoked_at, oauth_clients.c.revoked_at)",
        new="func.coalesce(oauth_tokens.c.revoked_at)",
        tests=("test_a_client_that_is_revoked_gets_no_token_and_its_tokens_end",),
    ),
    Mutation(
        guard="a key is looked up again after seconds",
        folder="gateway/identity",
        old="        if known is not None and self._monotonic_s() < known.until_s:",
        new="        if known is not None:",
        tests=("test_a_busy_key_is_looked_up_once_in_five_seconds",),
    ),
    Mutation(
        guard="what may hold a secret is not logged",
        folder="gateway",
        old="    return str(key).lower() not in FORBIDDEN",
        new="    return key not in FORBIDDEN or bool(key)",
        tests=("test_what_may_hold_a_secret_is_dropped_at_any_depth",),
        claims=("TOK-09",),
    ),
    Mutation(
        guard="what looks like a secret is masked",
        folder="gateway",
        old="        return mask(value)",
        new="        return str(value)",
        tests=("test_what_looks_like_a_secret_is_masked",),
        claims=("TOK-09",),
    ),
    Mutation(
        guard="log lines carry what is bound",
        folder="gateway",
        old="        structlog.contextvars.merge_contextvars,\n",
        new="",
        tests=("test_lines_carry_tenant_and_realm_whoever_writes_them",),
    ),
    Mutation(
        guard="wrong partition counts are refused by name",
        folder="gateway",
        old=(
            "    if wrong:\n"
            "        raise WrongTopics(\n"
            "            f\"{'; '.join(wrong)}: partition"
        ),
        new=(
            "    if not wrong:\n"
            "        return\n"
            "    if len(wrong) > 99:\n"
            "        raise WrongTopics(\n"
            "            f\"{'; '.join(wrong)}: partition"
        ),
        tests=("test_wrong_partition_counts_are_refused_by_name",),
        claims=("GWY-10",),
    ),
    Mutation(
        guard="a consent that serves another company is left alone",
        folder="gateway",
        old="            if grant is not None and grant.id in unused:",
        new="            if grant is not None:",
        tests=("test_a_consent_that_serves_another_company_is_left_alone",),
    ),
    Mutation(
        guard="a consent is revoked at the provider",
        folder="gateway",
        old="            if grant is not None and grant.id in unused:",
        new="            if grant is None:",
        tests=("test_a_consent_is_revoked_once_and_its_token_is_of_no_use",),
    ),
    Mutation(
        guard="what is open is kept however old",
        folder="gateway",
        old="        .where(over_at < before)",
        new="        .where((over_at < before) | over_at.is_(None))",
        tests=("test_open_letters_and_tasks_stay_however_old",),
    ),
    Mutation(
        guard="pushing everything opens what was given up",
        folder="gateway",
        old="        await reopen_connection(database, connection.id, now=now)\n",
        new="",
        tests=("test_every_record_that_is_not_in_agreement_is_signalled",),
    ),
    Mutation(
        guard="a replay of what has agreed since changes nothing",
        folder="gateway/operations",
        old='    if version is not None and version >= letter["version"]:',
        new='    if version is not None and version > letter["version"]:',
        tests=("test_a_replay_pushes_only_what_has_not_agreed_since",),
        claims=("GWY-18",),
    ),
    Mutation(
        guard="a task that is solved has its company read again",
        folder="gateway/operations",
        old="        await ConnectionStore(database).read_again([signal.connection_id])\n",
        new="",
        tests=("test_solving_lets_the_record_be_tried_again_and_its_letters_rest",),
    ),
)
