"""What principals may do and see."""

import pytest

from gateway.identity.principal import (
    ALL_SCOPES,
    ROLE_SCOPES,
    Principal,
    PrincipalKind,
    Role,
    Scope,
)
from schemas.ids import TenantId

T1, T2 = TenantId("t1"), TenantId("t2")


def principal(tenant: TenantId | None, *scopes: Scope) -> Principal:
    return Principal("key:1", "ops", PrincipalKind.KEY, tenant, frozenset(scopes))


def test_a_principal_of_a_tenant_sees_no_other_and_one_without_sees_all() -> None:
    assert principal(T1).sees(T1)
    assert not principal(T1).sees(T2)
    assert principal(None).sees(T2)
    assert not principal(TenantId("")).sees(T1)


def test_a_principal_may_do_what_its_scopes_say_and_nothing_else() -> None:
    reader = principal(T1, Scope.TASKS_READ)
    assert [one for one in Scope if reader.allows(one)] == [Scope.TASKS_READ]


def test_each_role_may_do_what_the_one_below_it_may() -> None:
    owner, admin, operator, viewer = (ROLE_SCOPES[one] for one in Role)
    assert owner == ALL_SCOPES
    assert owner >= admin > operator > viewer


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_does_not_answer_for_the_books_neither_connects_nor_syncs(role: Role) -> None:
    assert not ROLE_SCOPES[role] & {Scope.CONNECTIONS_WRITE, Scope.SYNC_WRITE}
