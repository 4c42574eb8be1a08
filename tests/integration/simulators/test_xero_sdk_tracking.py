"""Tracking on the lines of an invoice, through Xero's own Python client."""

from xero_python.accounting.models import (
    Contact,
    Invoice,
    Invoices,
    LineItem,
    LineItemTracking,
)

from providers.simulators.xero.app import create_app
from providers.simulators.xero.config import OrganisationSpec, XeroSimulatorConfig
from tests.integration.simulators.xero_server import SdkClient, serve

TENANT = "11111111-1111-4111-8111-111111111111"
CONFIG = XeroSimulatorConfig(
    organisations=(OrganisationSpec(name="Maple Florist", tenant_id=TENANT),)
)


def _line(*tracking: LineItemTracking) -> LineItem:
    return LineItem(
        description="House blend", unit_amount=1, account_code="200", tracking=list(tracking)
    )


def test_a_line_keeps_its_tracking_by_name_and_by_ids() -> None:
    with serve(create_app(CONFIG)) as base:
        sdk = SdkClient(base)
        sdk.consent()
        (region,) = sdk.accounting.get_tracking_categories(TENANT).tracking_categories
        by_name = LineItemTracking(name="Region", option="South")
        by_ids = LineItemTracking(
            tracking_category_id=region.tracking_category_id,
            tracking_option_id=region.options[0].tracking_option_id,
        )
        sale = Invoice(
            type="ACCREC",
            contact=Contact(name="Harbour Cafe Ltd"),
            line_items=[_line(by_name), _line(by_ids), _line()],
        )
        made = sdk.accounting.create_invoices(TENANT, Invoices(invoices=[sale])).invoices[0]
        (read,) = sdk.accounting.get_invoice(TENANT, made.invoice_id).invoices
        sdk.api_client.rest_client.pool_manager.clear()
    assert [[one.option for one in kept.tracking] for kept in read.line_items] == [
        ["South"],
        ["North"],
        [],
    ]
