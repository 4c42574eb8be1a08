BEGIN;
INSERT INTO customers (id, name, version) VALUES ('cus-2', 'Kowhai Garden', 1);
SELECT ledgerlane_append(
    type => 'customer.created.v1',
    source => '/crm',
    tenant_id => 'larkspur',
    subject => 'customer/cus-2',
    entity_version => 1,
    payload => '{"id": "cus-2", "name": "Kowhai Garden"}'
);
COMMIT;
