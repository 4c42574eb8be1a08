"""A connection for the tests of the demo."""

from dataclasses import replace

from gateway.demo.business.scenario import QBO
from schemas.ids import RealmId, TenantId
from tests.fakes.connected import CONNECTED

TENANT = TenantId("larkspur")
CONNECTION = replace(CONNECTED, tenant_id=TENANT, provider=QBO, realm_id=RealmId("1"))
