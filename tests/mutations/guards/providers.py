"""Guards of what both providers share: calls, tokens, consents, connections."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a refused token is replaced",
        folder="providers",
        old="            token = await self._source.replace(*self._of, self._rejected)",
        new="            token = await self._source.access_token(*self._of)",
        tests=(
            "test_a_refused_token_is_replaced_once",
            "test_an_expired_token_is_replaced_and_nobody_notices",
        ),
    ),
    Mutation(
        guard="a write without an answer is in doubt",
        folder="providers",
        old="    kind = Unavailable if call.kind is CallKind.READ else Uncertain",
        new="    kind = Unavailable",
        tests=("test_a_lost_answer_is_a_doubt_that_a_look_up_ends",),
        claims=("ERR-14",),
    ),
    Mutation(
        guard="each call is told to the audit",
        folder="providers",
        old="            self._audit(\n",
        new="            str(\n",
        tests=("test_every_call_of_the_ledgers_is_one_row",),
        claims=("OBS-01",),
    ),
    Mutation(
        guard="amounts of an answer are exact",
        folder="providers",
        old="        return json.loads(self.content, parse_float=Decimal)",
        new="        return json.loads(self.content)",
        tests=("test_amounts_of_an_answer_are_read_as_they_are_written",),
    ),
    Mutation(
        guard="a date counts from the answer's own",
        folder="providers",
        old=' - parsedate_to_datetime(reply.headers["date"])',
        new=' - parsedate_to_datetime("Fri, 31 Dec 1999 23:00:00 GMT")',
        tests=("test_a_retry_after_is_seconds_or_a_date",),
        claims=("GWY-15",),
    ),
    Mutation(
        guard="a date that is past asks for no wait",
        folder="providers",
        old="    return max(wait, timedelta(0))\n",
        new="    return wait\n",
        tests=("test_a_retry_after_is_seconds_or_a_date",),
        claims=("GWY-15",),
    ),
    Mutation(
        guard="a refresh token that is not repeated stays the same",
        folder="providers",
        old='body.get("refresh_token") or (before.refresh if before else "")',
        new='body.get("refresh_token") or ""',
        tests=("test_a_refresh_token_that_is_not_repeated_stays_the_same",),
        claims=("TST-02",),
    ),
    Mutation(
        guard="a spent consent is told from trouble",
        folder="providers",
        old='    if error == "invalid_grant":',
        new='    if error == "invalid_grants":',
        tests=("test_a_refusal_says_what_to_do",),
        claims=("TST-02",),
    ),
    Mutation(
        guard="a token is refreshed before it ends",
        folder="providers",
        old="    return token.expires_at - MARGIN <= now",
        new="    return token.expires_at <= now",
        tests=("test_a_token_is_refreshed_once_before_it_ends",),
        claims=("TOK-01",),
    ),
    Mutation(
        guard="a refresh is made under the lock of its row",
        folder="providers",
        old=(
            "grant = _found(await store.of(connection, lock=True))\n"
            "            if self._good(grant.token, rejected):"
        ),
        new=(
            "grant = _found(await store.of(connection))\n"
            "            if self._good(grant.token, rejected):"
        ),
        tests=("test_50_calls_over_4_workers_refresh_once",),
        claims=("TOK-03",),
    ),
    Mutation(
        guard="who waited for a refresh takes what was stored",
        folder="providers",
        old=(
            "            if self._good(grant.token, rejected):\n"
            "                return grant.token\n"
            "            token = await self._ask(grant)"
        ),
        new="            token = await self._ask(grant)",
        tests=("test_50_calls_over_4_workers_refresh_once",),
        claims=("TOK-03",),
    ),
    Mutation(
        guard="a rotated token is stored before it is used",
        folder="providers",
        old="            await store.save(grant.id, token, now=self._now())\n",
        new="",
        tests=("test_killed_between_answer_and_use_the_rotated_token_is_kept",),
        claims=("TOK-02",),
    ),
    Mutation(
        guard="a refusal is believed only of the token that is stored",
        folder="providers",
        old="exists().where(grants.c.id == grant.id, grants.c.revision == grant.revision)",
        new="exists().where(grants.c.id == grant.id)",
        tests=("test_a_refusal_of_a_token_that_was_refreshed_meanwhile_ends_no_connection",),
    ),
    Mutation(
        guard="a seal is bound to its row",
        folder="providers",
        old='    return f"token of grant {grant}"',
        new='    return f"token of grant {grant}"[:14]',
        tests=("test_a_seal_moved_to_another_row_does_not_open",),
        claims=("TOK-06",),
    ),
    Mutation(
        guard="a realm never belongs to two tenants",
        folder="providers",
        old="        if await owner_of_realm(self._connection, provider, realm) not in (None, tenant):",
        new="        if tenant == realm:",
        tests=("test_a_realm_never_belongs_to_two_tenants",),
    ),
    Mutation(
        guard="first connections at once leave one default",
        folder="providers",
        old="SELECT pg_advisory_xact_lock(hashtextextended(:tenant || '/' || :provider, 0)),",
        new="SELECT hashtextextended(:tenant || '/' || :provider, 0),",
        tests=("test_first_connections_at_once_leave_one_default",),
    ),
    Mutation(
        guard="the first connection is the default",
        folder="providers",
        old="                is_default=first,",
        new="                is_default=not first and False,",
        tests=("test_the_first_connection_is_the_default_until_another_is_chosen",),
        claims=("CON-12",),
    ),
    Mutation(
        guard="what was read of a company does not replace what was read since",
        folder="providers",
        old="                connections.c.profile_read_at.is_not_distinct_from(seen.profile_read_at),\n",
        new="",
        tests=("test_what_is_read_of_a_company_is_stored_unless_it_was_read_since",),
    ),
    Mutation(
        guard="a connection that expired says why",
        folder="providers",
        old='.values(state="expired", reason=reason.as_dict(), updated_at=now)',
        new='.values(state="expired", updated_at=now)',
        tests=("test_each_condition_has_a_code_and_advice_of_its_own",),
        claims=("ERR-20",),
    ),
)
