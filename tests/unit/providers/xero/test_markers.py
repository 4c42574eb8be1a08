from providers.xero.markers import contact_number, is_marked, marked_reference, marker
from schemas.documents.document import DocumentType

LONG = "é" * 64  # the longest id there may be, and long when it is quoted


def test_a_mark_is_known_again_with_and_without_a_reference() -> None:
    for document_id in ("p1", "a b", "100%", LONG):
        assert is_marked(marked_reference(document_id, "cheque 9"), document_id)
        assert is_marked(marked_reference(document_id, ""), document_id)


def test_a_mark_is_not_taken_for_that_of_a_longer_or_shorter_id() -> None:
    assert not is_marked(marked_reference("p12", ""), "p1")
    assert not is_marked(marked_reference("p1", "2"), "p12")
    assert not is_marked(marked_reference("a", "b"), "a b")
    assert not is_marked("cheque 9", "p1")


def test_a_contact_number_fits_and_says_customer_or_vendor() -> None:
    assert contact_number(DocumentType.CUSTOMER, "17") == "customer-17"
    assert contact_number(DocumentType.VENDOR, "17") == "vendor-17"
    numbers = {contact_number(DocumentType.VENDOR, f"{LONG[:-1]}{n}") for n in range(9)}
    assert len(numbers) == 9
    assert all(len(number) <= 50 for number in numbers)


def test_a_guid_stays_readable_in_both_marks() -> None:
    guid = "5e2c0b62-4f25-49d2-8a1e-0a8a1d3a7c11"
    assert guid in contact_number(DocumentType.CUSTOMER, guid)
    assert guid in marker(guid)
